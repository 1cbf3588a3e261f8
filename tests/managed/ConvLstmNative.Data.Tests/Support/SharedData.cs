namespace ConvLstmNative.Data.Tests;

/// <summary>Real data beside the repository; a test that needs it is ignored where it is absent.</summary>
internal static class SharedData
{
    public static string Require(string relativePath)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ConvLstmNative.sln")))
            folder = folder.Parent;
        string path = Path.Combine(folder?.Parent?.FullName ?? "", "shared", "data", relativePath);
        if (folder is null || (!File.Exists(path) && !Directory.Exists(path)))
            Assert.Ignore($"Real data is absent: ../shared/data/{relativePath}");
        return path;
    }
}
