using System.Runtime.InteropServices;
using ConvLstmNative.Cli;

using var interrupt = new CancellationTokenSource();

// The first signal asks the command to finish its step and save; a second one ends the process at once.
void Handle(PosixSignalContext context)
{
    if (interrupt.IsCancellationRequested)
        return;
    context.Cancel = true;
    interrupt.Cancel();
}

using PosixSignalRegistration interruptSignal = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
using PosixSignalRegistration terminateSignal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
return await Tool.RunAsync(args, new ToolConsole(Console.Out, Console.Error), interrupt.Token);
