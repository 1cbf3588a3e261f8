using System.Text.RegularExpressions;
using BindingGenerator;
using BindingGenerator.CastXml;
using ConvLstmNative.Interop;
using NUnit.Framework;

namespace ConvLstmNative.Tests;

/// <summary>The committed declarations, the header and the library that is loaded must be of one age.</summary>
public sealed partial class BindingDriftTests
{
    [Test]
    public void HeaderHash_Committed_IsOfThisHeader() =>
        Assert.That(NativeConstants.HeaderSha256, Is.EqualTo(HeaderText.Load(Repository.Header).Sha256), "generate the bindings again");

    [Test]
    public void Generation_Fresh_EqualsCommittedFiles()
    {
        if (!CastXmlProcess.IsAvailable())
            Assert.Ignore("castxml is not installed: a fresh generation cannot be compared");
        StringWriter errors = new();
        int result = new Generation(new CastXmlFrontEnd()).Run(Repository.Header, Repository.Generated, check: true, errors);
        Assert.That(result, Is.Zero, errors.ToString());
    }

    [Test]
    public unsafe void AbiLayout_OfLibrary_EqualsManagedLayout()
    {
        NativeLibraryLoader.Ensure();
        Assert.That(NativeText.Read(NativeMethods.AbiLayout()), Is.EqualTo(NativeStructLayout.Describe()));
    }

    [Test]
    public void AbiVersion_OfLibrary_EqualsHeader()
    {
        NativeLibraryLoader.Ensure();
        Assert.That(NativeMethods.AbiVersion(), Is.EqualTo(NativeConstants.AbiVersion));
    }

    [Test]
    public void ExportedSymbols_OfLibrary_EqualDeclaredFunctions()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("only ELF libraries can be read");
        NativeLibraryLoader.Ensure();
        string declarations = File.ReadAllText(Path.Combine(Repository.Generated, "NativeMethods.g.cs"));
        IEnumerable<string> declared = EntryPoint().Matches(declarations).Select(match => match.Groups[1].Value);
        string library = NativeLibraryLoader.Attempts.Single(attempt => attempt.Succeeded).Path;
        Assert.That(ElfSymbols.Exported(library), Is.EquivalentTo(declared));
    }

    [TestCase(typeof(Status), typeof(NativeStatusCode))]
    [TestCase(typeof(DeviceKind), typeof(NativeDeviceKind))]
    [TestCase(typeof(ComputePolicy), typeof(NativePolicy))]
    [TestCase(typeof(Peephole), typeof(NativePeephole))]
    [TestCase(typeof(GateActivation), typeof(NativeGateActivation))]
    [TestCase(typeof(CellActivation), typeof(NativeCellActivation))]
    [TestCase(typeof(RecurrentOutput), typeof(NativeOutput))]
    [TestCase(typeof(Normalization), typeof(NativeNormalization))]
    [TestCase(typeof(ConvolutionPadding), typeof(NativePadding))]
    [TestCase(typeof(RecurrentDirection), typeof(NativeDirection))]
    [TestCase(typeof(DirectionMerge), typeof(NativeMerge))]
    [TestCase(typeof(SequenceMask), typeof(NativeMask))]
    [TestCase(typeof(Storage), typeof(NativeStorage))]
    [TestCase(typeof(Loss), typeof(NativeLoss))]
    [TestCase(typeof(OptimizerKind), typeof(NativeOptimizerKind))]
    public void PublicEnum_EveryValue_EqualsNative(Type publicType, Type nativeType) =>
        Assert.That(Values(publicType), Is.EqualTo(Values(nativeType)));

    [Test]
    public void PublicEnum_WithNamesOfItsOwn_HasTheNativeNumbers()
    {
        Assert.That((int)SequenceLayout.BatchFirst, Is.EqualTo((int)NativeLayout.Ntchw));
        Assert.That((int)SequenceLayout.TimeFirst, Is.EqualTo((int)NativeLayout.Tnchw));
        Assert.That((int)SequenceLayout.BatchFirstChannelsLast, Is.EqualTo((int)NativeLayout.Nthwc));
        Assert.That((int)SequenceLayout.TimeFirstChannelsLast, Is.EqualTo((int)NativeLayout.Tnhwc));
        Assert.That(Enum.GetValues<SequenceLayout>(), Has.Length.EqualTo(Enum.GetValues<NativeLayout>().Length));
        Assert.That(Enum.GetValues<NativeObjectKind>(), Has.Length.EqualTo((int)Interop.NativeObjectKind.KindCount));
    }

    private static Dictionary<string, int> Values(Type type) =>
        Enum.GetNames(type).ToDictionary(name => name, name => (int)Enum.Parse(type, name));

    [GeneratedRegex("EntryPoint = \"(\\w+)\"")]
    private static partial Regex EntryPoint();
}
