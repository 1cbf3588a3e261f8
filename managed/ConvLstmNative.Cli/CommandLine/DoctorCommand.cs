using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace ConvLstmNative.Cli;

/// <summary><c>convlstm doctor</c>: what this machine has, what is missing and what to install.</summary>
internal static class DoctorCommand
{
    public static Command Create(ToolConsole console)
    {
        var json = new Option<bool>("--json") { Description = "Write JSON." };
        var command = new Command("doctor", "Show what this machine can run on, what is missing for a GPU, and what to install.") { json };
        command.SetAction(result =>
        {
            Diagnosis diagnosis = Diagnosis.Make();
            if (result.GetValue(json))
                console.Whole(JsonSerializer.Serialize(diagnosis, ToolJson.Indented));
            else
                Write(console, diagnosis);
            return diagnosis.Devices.Any(device => device.IsUsable) ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static void Write(ToolConsole console, Diagnosis diagnosis)
    {
        Line(console, "convlstm", diagnosis.Tool);
        Line(console, "native library", diagnosis.NativeLibrary.Version ?? "missing");
        Line(console, "loaded from", diagnosis.NativeLibrary.Path ?? diagnosis.NativeLibrary.Problem!);
        foreach (DeviceDiagnosis device in diagnosis.Devices)
        {
            console.Line(string.Empty);
            console.Line($"[bold]--device {device.Kind}[/]: {(device.IsUsable ? "ready" : "not usable")}");
            foreach (DeviceFinding finding in device.Findings)
                Line(console, finding.Name, finding.Found);
        }
    }

    // Paths and sentences to be copied whole, however long they are.
    private static void Line(ToolConsole console, string name, string found)
    {
        console.Out.Markup($"[grey]{Markup.Escape(name)}:[/] ");
        console.Whole(found);
    }
}
