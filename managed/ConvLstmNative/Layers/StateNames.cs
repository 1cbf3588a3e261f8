namespace ConvLstmNative;

/// <summary>Names of the parts of a state, in their native order.</summary>
internal static class StateNames
{
    public const string Hidden = "h";
    public const string Cell = "c";
    public const string Memory = "m";

    public static string[] Of(RecurrentOptions options)
    {
        bool isStack = options.Layers > 1;
        bool sharesMemory = isStack && options is SpatioTemporalLstmOptions;
        string[] cell = options switch
        {
            ConvGruOptions => [Hidden],
            SpatioTemporalLstmOptions when !sharesMemory => [Hidden, Cell, Memory],
            _ => [Hidden, Cell],
        };
        List<string> names = [.. RecurrentParameter.Prefixes(options).SelectMany(prefix => cell.Select(part => prefix + part))];
        if (sharesMemory)
            names.Add(Memory);
        return [.. names];
    }
}
