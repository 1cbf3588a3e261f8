namespace ConvLstmNative.Tests;

/// <summary>Files of the repository that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Header => Path.Combine(Root, "native", "include", "convlstm_native.h");

    public static string Generated => Path.Combine(Root, "managed", "ConvLstmNative", "Interop", "Generated");

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ConvLstmNative.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException("no folder above the tests holds ConvLstmNative.sln");
    }
}
