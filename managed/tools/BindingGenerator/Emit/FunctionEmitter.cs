using BindingGenerator.Model;

namespace BindingGenerator.Emit;

/// <summary>
/// Writes the functions. Handles are SafeHandles, so that no object is freed during a call; everything else is blittable. The
/// calls of a session, which are made step by step, and the look at a tensor's data take the values of handles: the library itself
/// keeps objects alive during a call, and counting references costs more than all the rest. The C# library counts those of tensors
/// over pinned memory itself.
/// </summary>
internal static class FunctionEmitter
{
    private static readonly string[] Often = ["cln_session_", "cln_tensor_get_data"];

    public static string Emit(HeaderModel model, CSharpTypes types, string headerName, string sha256)
    {
        CSharpWriter writer = new(headerName, sha256, "System.Runtime.InteropServices");
        writer.Line();
        writer.Line("/// <summary>The functions of the native library.</summary>");
        writer.Open("internal static unsafe partial class NativeMethods");
        writer.Line("/// <summary>Name of the library, as the resolver gets it.</summary>");
        writer.Line("public const string Library = \"convlstm_native\";");
        foreach (FunctionModel function in model.Functions)
        {
            writer.Line();
            writer.Doc(function.Doc);
            writer.Line($"[LibraryImport(Library, EntryPoint = \"{function.Name}\")]");
            string parameters = string.Join(", ", function.Parameters.Select(parameter => Parameter(function, parameter, types)));
            string start = $"public static partial {types.Of(function.Result)} {CSharpNames.Function(function.Name)}(";
            bool isLong = start.Length + parameters.Length > 110;
            writer.Line(isLong ? start : $"{start}{parameters});");
            if (isLong)
                writer.Line($"    {parameters});");
        }

        writer.Close();
        return writer.ToString();
    }

    private static string Parameter(FunctionModel function, ParameterModel parameter, CSharpTypes types)
    {
        string name = CSharpNames.Parameter(parameter.Name);
        return parameter.Type switch
        {
            PointerType { Target: HandleType handle } when !TakesValue(function, handle) => $"{CSharpNames.Handle(handle.Name)} {name}",
            PointerType { Target: PointerType { Target: HandleType handle } } => $"out {CSharpNames.Handle(handle.Name)} {name}",
            _ => $"{types.Of(parameter.Type)} {name}",
        };
    }

    // Freeing is what a SafeHandle itself calls, with the bare pointer.
    private static bool TakesValue(FunctionModel function, HandleType handle) =>
        function.Name.EndsWith("_destroy", StringComparison.Ordinal)
        || (Often.Any(start => function.Name.StartsWith(start, StringComparison.Ordinal)) && !Creates(function));

    private static bool Creates(FunctionModel function) =>
        function.Parameters.Any(parameter => parameter.Type is PointerType { Target: PointerType { Target: HandleType } });
}
