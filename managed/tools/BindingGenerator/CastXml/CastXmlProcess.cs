using System.ComponentModel;
using System.Diagnostics;
using System.Xml.Linq;

namespace BindingGenerator.CastXml;

/// <summary>Runs the castxml program.</summary>
public static class CastXmlProcess
{
    /// <summary>Whether castxml can be started.</summary>
    public static bool IsAvailable()
    {
        try
        {
            using Process process = Start("--version");
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (GenerationException)
        {
            return false;
        }
    }

    /// <summary>Parses a C header.</summary>
    public static XDocument Parse(string headerPath)
    {
        string output = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".xml");
        try
        {
            using Process process = Start("--castxml-output=1", "-x", "c", "-std=c11", "-o", output, headerPath);
            Task<string> ignored = process.StandardOutput.ReadToEndAsync();
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            ignored.GetAwaiter().GetResult();
            if (process.ExitCode != 0)
                throw new GenerationException($"castxml: {errors.ReplaceLineEndings(" ").Trim()}");
            return XDocument.Load(output);
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new("castxml", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start) ?? throw new GenerationException("castxml did not start");
        }
        catch (Win32Exception error)
        {
            throw new GenerationException("castxml was not found on PATH; install the package castxml", error);
        }
    }
}
