using ConvLstmNative.Interop;
using NUnit.Framework;

namespace ConvLstmNative.Tests;

public sealed class NativeLibraryTests
{
    [Test]
    public void Open_NothingLoads_NamesThePackageAndEveryPathTried()
    {
        using TemporaryFolder folder = new();
        string damaged = folder.File("libdamaged.so");
        File.WriteAllText(damaged, "not a library");
        string missing = folder.File("libmissing.so");
        NativeLibraryNotFoundException error = Assert.Throws<NativeLibraryNotFoundException>(
            () => NativeLibraryLoader.Open([missing, damaged], []))!;
        Assert.That(error.Message, Does.Contain(missing).And.Contain(damaged).And.Contain("ConvLstmNative.Runtime."));
        Assert.That(error.Attempts.Select(attempt => attempt.Path), Is.EqualTo(new[] { missing, damaged }));
        Assert.That(error.Attempts.Select(attempt => attempt.Error), Is.All.Not.Empty);
        Assert.That(error.PackageName, Does.StartWith("ConvLstmNative.Runtime."));
    }

    [Test]
    public void Candidates_ExplicitPath_IsTheOnlyOne()
    {
        AppContext.SetData(NativeLibraryCandidates.AppContextKey, "/somewhere/libother.so");
        try
        {
            Assert.That(NativeLibraryCandidates.All(), Is.EqualTo(new[] { "/somewhere/libother.so" }));
        }
        finally
        {
            AppContext.SetData(NativeLibraryCandidates.AppContextKey, null);
        }
    }

    [Test]
    public void Candidates_NoExplicitPath_StartInTheApplicationsFolder()
    {
        if (Environment.GetEnvironmentVariable(NativeLibraryCandidates.EnvironmentVariable) is not null)
            Assert.Ignore($"{NativeLibraryCandidates.EnvironmentVariable} is set");
        IReadOnlyList<string> paths = NativeLibraryCandidates.All();
        Assert.That(paths[0], Does.StartWith(AppContext.BaseDirectory));
        Assert.That(paths[1], Does.Contain(Path.Combine("runtimes", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "native")));
        Assert.That(paths[^1], Is.EqualTo(NativeLibraryCandidates.FileName));
    }

    [Test]
    public void Runtime_LibraryBuilt_IsAvailableAndTellsWhich()
    {
        Assert.That(NativeRuntime.IsAvailable, Is.True, NativeRuntime.Diagnostics);
        Assert.That(NativeRuntime.Version, Does.Match(@"^\d+\.\d+\.\d+"));
        Assert.That(NativeRuntime.Diagnostics, Does.Contain("(loaded)"));
    }

    [TestCase(NativeStatusCode.InvalidArgument, typeof(InvalidArgumentException))]
    [TestCase(NativeStatusCode.NullArgument, typeof(InvalidArgumentException))]
    [TestCase(NativeStatusCode.InvalidHandle, typeof(InvalidHandleException))]
    [TestCase(NativeStatusCode.ShapeMismatch, typeof(ShapeMismatchException))]
    [TestCase(NativeStatusCode.SizeOverflow, typeof(SizeOverflowException))]
    [TestCase(NativeStatusCode.NotFinite, typeof(NotFiniteException))]
    [TestCase(NativeStatusCode.OutOfMemory, typeof(DeviceMemoryException))]
    [TestCase(NativeStatusCode.Busy, typeof(ContextBusyException))]
    [TestCase(NativeStatusCode.Unsupported, typeof(UnsupportedFeatureException))]
    [TestCase(NativeStatusCode.DeviceError, typeof(DeviceException))]
    [TestCase(NativeStatusCode.InvalidState, typeof(InvalidStateException))]
    [TestCase(NativeStatusCode.InternalError, typeof(InternalErrorException))]
    internal void Create_EveryStatus_HasAnExceptionOfItsOwn(NativeStatusCode status, Type type)
    {
        ConvLstmException error = NativeStatusExtensions.Create(status, "text");
        Assert.That(error, Is.TypeOf(type).With.Message.EqualTo("text"));
        Assert.That((int?)error.Status, Is.EqualTo((int)status));
    }
}
