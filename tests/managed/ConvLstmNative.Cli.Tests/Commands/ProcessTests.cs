using System.Diagnostics;
using NUnit.Framework;

namespace ConvLstmNative.Cli.Tests;

/// <summary>The tool as a process of its own: its exit code, its streams, its signals.</summary>
public class ProcessTests : CommandTests
{
    [Test]
    public async Task Process_InterruptSignal_SavesTheCheckpointAndExitsWith130()
    {
        using Process process = Start($"train --data moving-shapes --size 16 --model {Folder["m.safetensors"]} {Tiny} --steps 1000000");
        string? line;
        do
            line = await process.StandardOutput.ReadLineAsync();
        while (line is not null && !line.StartsWith("step 1/", StringComparison.Ordinal));
        Assert.That(line, Is.Not.Null);

        using (Process kill = Process.Start("kill", $"-INT {process.Id}"))
            await kill.WaitForExitAsync();
        string rest = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.That(process.ExitCode, Is.EqualTo(130));
        Assert.That(rest, Does.Contain("interrupted after step").And.Contain("--resume"));
        Assert.That(Folder.Everything(), Is.EqualTo(new[] { "m.checkpoint.safetensors" }));
    }

    [Test]
    public async Task Process_Failure_IsOneLineOnStandardError()
    {
        using Process process = Start($"predict --model {Folder["none.safetensors"]}");
        string output = await process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.That(process.ExitCode, Is.EqualTo(1));
        Assert.That(output, Is.Empty);
        Assert.That(error.Trim().Split('\n'), Has.Length.EqualTo(1));
    }

    private static Process Start(string arguments)
    {
        string tool = Path.Combine(AppContext.BaseDirectory, "convlstm.dll");
        // A test run that was started in a shell's background passes on that SIGINT is ignored.
        return Process.Start(new ProcessStartInfo("env", $"--default-signal=INT dotnet \"{tool}\" {arguments}")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        })!;
    }
}
