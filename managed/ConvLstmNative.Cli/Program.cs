using System.Diagnostics;
using System.Runtime.InteropServices;
using ConvLstmNative.Cli;

using var interrupt = new CancellationTokenSource();

// The first signal asks the command to finish its step and save; a later one ends the process at once. Launchers signal the
// process and then its group, so that what comes within a second of the first is the same wish again.
long firstSignal = 0;
void Handle(PosixSignalContext context)
{
    if (firstSignal == 0)
        firstSignal = Stopwatch.GetTimestamp();
    context.Cancel = Stopwatch.GetElapsedTime(firstSignal) < TimeSpan.FromSeconds(1);
    interrupt.Cancel();
}

using PosixSignalRegistration interruptSignal = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
using PosixSignalRegistration terminateSignal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
return await Tool.RunAsync(args, new ToolConsole(Console.Out, Console.Error), interrupt.Token);
