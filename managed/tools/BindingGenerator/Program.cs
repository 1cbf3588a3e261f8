using System.CommandLine;
using BindingGenerator;
using BindingGenerator.CastXml;

Option<FileInfo> header = new("--header") { Description = "The public C header.", Required = true };
Option<DirectoryInfo> output = new("--output") { Description = "Folder of the generated files.", Required = true };
Option<bool> check = new("--check") { Description = "Write nothing; fail when the committed files differ." };
RootCommand command = new("Generates the C# declarations of the native library from its C header.")
{
    header, output, check,
};
command.SetAction(arguments =>
{
    try
    {
        Generation generation = new(new CastXmlFrontEnd());
        return generation.Run(
            arguments.GetRequiredValue(header).FullName,
            arguments.GetRequiredValue(output).FullName,
            arguments.GetValue(check),
            Console.Error);
    }
    catch (Exception error) when (error is GenerationException or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine(error.Message);
        return 2;
    }
});
return command.Parse(args).Invoke();
