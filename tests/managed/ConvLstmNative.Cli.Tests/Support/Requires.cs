using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

/// <summary>Skips tests, with a reason, where what they need is absent.</summary>
internal static class Requires
{
    public static void NativeLibrary()
    {
        if (!NativeRuntime.IsAvailable)
            Assert.Ignore("The native library is not built: " + NativeRuntime.Diagnostics.Split(Environment.NewLine)[0]);
    }

    /// <summary>A file or folder of the shared data, which lies beside the repository on some machines.</summary>
    public static string SharedData(string relativePath)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "ConvLstmNative.sln")))
                continue;
            string path = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "data", relativePath));
            if (Path.Exists(path))
                return path;
            break;
        }

        Assert.Ignore($"The shared data is not here: {relativePath}");
        return string.Empty;
    }
}
