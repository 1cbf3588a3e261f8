namespace ConvLstmNative.Cli;

/// <summary>What the sequences are for: it decides the defaults that keep training and test data apart.</summary>
internal enum DataPurpose
{
    Training,
    Testing,
}
