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

    [TestCase(Status.InvalidArgument, typeof(InvalidArgumentException))]
    [TestCase(Status.NullArgument, typeof(InvalidArgumentException))]
    [TestCase(Status.InvalidHandle, typeof(InvalidHandleException))]
    [TestCase(Status.ShapeMismatch, typeof(ShapeMismatchException))]
    [TestCase(Status.SizeOverflow, typeof(SizeOverflowException))]
    [TestCase(Status.NotFinite, typeof(NotFiniteException))]
    [TestCase(Status.OutOfMemory, typeof(DeviceMemoryException))]
    [TestCase(Status.Busy, typeof(ContextBusyException))]
    [TestCase(Status.Unsupported, typeof(UnsupportedFeatureException))]
    [TestCase(Status.DeviceError, typeof(DeviceException))]
    [TestCase(Status.InvalidState, typeof(InvalidStateException))]
    [TestCase(Status.InternalError, typeof(InternalErrorException))]
    public void Create_EveryStatus_HasAnExceptionOfItsOwn(Status status, Type type)
    {
        ConvLstmException error = NativeStatusExtensions.Create((NativeStatusCode)(int)status, "text");
        Assert.That(error, Is.TypeOf(type).With.Message.EqualTo("text"));
        Assert.That(error.Status, Is.EqualTo(status));
    }
}
