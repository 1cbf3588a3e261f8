using BindingGenerator;
using BindingGenerator.Emit;
using BindingGenerator.Model;
using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>The generator on a header of its own, through a front end that needs no parser.</summary>
public sealed class BindingGeneratorTests
{
    private const string Header = """
        /** Makes a thing.
         *  @param desc  [nullable] What to make;
         *               two lines of it.
         *  @param count How many. @param out Receives it.
         *  Fails where it cannot. */
        CLN_API cln_status cln_thing_create(const cln_thing_desc* desc, int64_t count, cln_thing** out);

        /** Frees it. @param thing [nullable] */
        CLN_API cln_status cln_thing_destroy(cln_thing* thing);

        /** The most. */
        #define CLN_MAX_THINGS 3
        """;

    private static readonly HandleType Thing = new("cln_thing");
    private static readonly AliasType Status = new("cln_status", new PrimitiveType("int32_t"));

    [Test]
    public void Emit_Function_HasHandlesDocumentationAndEntryPoint()
    {
        string methods = Emit(Header)["NativeMethods.g.cs"];
        Assert.That(methods, Does.Contain("""
                /// <summary>Makes a thing.</summary>
                /// <param name="desc">May be null. What to make; two lines of it.</param>
                /// <param name="count">How many.</param>
                /// <param name="out">Receives it.</param>
                /// <remarks>Fails where it cannot.</remarks>
                [LibraryImport(Library, EntryPoint = "cln_thing_create")]
                public static partial NativeStatusCode ThingCreate(NativeThingDesc* desc, long count, out ThingHandle @out);
            """));
        Assert.That(methods, Does.Contain("ThingDestroy(nint thing);"));
    }

    [Test]
    public void Emit_Enum_DropsWhatTheNamesShare()
    {
        string enums = Emit(Header)["NativeEnums.g.cs"];
        Assert.That(enums, Does.Contain("internal enum NativeCellKind").And.Contain("    ConvLstm = 0,").And.Contain("    ConvGru = 1,"));
    }

    [Test]
    public void Emit_Constant_HasValueAndComment() =>
        Assert.That(Emit(Header)["NativeConstants.g.cs"], Does.Contain("""
                /// <summary>The most.</summary>
                public const int MaxThings = 3;
            """));

    [Test]
    public void Emit_SameHeaderWithOtherLineEndings_IsTheSameText() =>
        Assert.That(Emit(Header.Replace("\n", "\r\n", StringComparison.Ordinal)), Is.EqualTo(Emit(Header)));

    [Test]
    public void Run_CheckOfStaleFiles_ReturnsOneAndNamesThem()
    {
        using TemporaryFolder folder = new();
        string header = folder.File("header.h");
        string output = folder.File("generated");
        File.WriteAllText(header, Header);
        Generation generation = new(new FixedFrontEnd());
        Assert.That(generation.Run(header, output, check: false, TextWriter.Null), Is.Zero);
        Assert.That(generation.Run(header, output, check: true, TextWriter.Null), Is.Zero);

        File.AppendAllText(Path.Combine(output, "NativeEnums.g.cs"), "// edited by hand");
        File.WriteAllText(Path.Combine(output, "NativeOld.g.cs"), string.Empty);
        StringWriter errors = new();
        Assert.That(generation.Run(header, output, check: true, errors), Is.EqualTo(1));
        Assert.That(errors.ToString(), Does.Contain("NativeEnums.g.cs").And.Contain("NativeOld.g.cs"));
    }

    [Test]
    public void Generate_MissingHeader_ThrowsWithThePath() =>
        Assert.That(
            () => new Generation(new FixedFrontEnd()).Generate("/nowhere/header.h"),
            Throws.TypeOf<GenerationException>().With.Message.Contains("/nowhere/header.h"));

    private static IReadOnlyDictionary<string, string> Emit(string header)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("header.h"), header);
        HeaderText text = HeaderText.Load(folder.File("header.h"));
        return CSharpEmitter.Emit(new FixedFrontEnd().Read(folder.File("header.h"), text), text.Sha256);
    }

    private sealed class FixedFrontEnd : IFrontEnd
    {
        public HeaderModel Read(string headerPath, HeaderText text) => new(
            text.Constants(),
            [
                new EnumModel("cln_status_code", [new("CLN_OK", 0, DocComment.Empty)], DocComment.Empty),
                new EnumModel(
                    "cln_cell_kind",
                    [new("CLN_CELL_CONV_LSTM", 0, DocComment.Empty), new("CLN_CELL_CONV_GRU", 1, DocComment.Empty)],
                    DocComment.Empty),
            ],
            [new HandleModel("cln_thing", DocComment.Empty)],
            [new StructModel("cln_thing_desc", [new("size", new ArrayType(new PrimitiveType("int64_t"), 3), DocComment.Empty)], DocComment.Empty)],
            [
                new FunctionModel(
                    "cln_thing_create",
                    Status,
                    [
                        new("desc", new PointerType(new StructType("cln_thing_desc"), TargetIsConst: true)),
                        new("count", new PrimitiveType("int64_t")),
                        new("out", new PointerType(new PointerType(Thing, TargetIsConst: false), TargetIsConst: false)),
                    ],
                    text.OfFunction("cln_thing_create")),
                new FunctionModel(
                    "cln_thing_destroy",
                    Status,
                    [new("thing", new PointerType(Thing, TargetIsConst: false))],
                    text.OfFunction("cln_thing_destroy")),
            ]);
    }
}
