// Thin tasks over CMake and the .NET SDK. `dotnet cake --target=NAME`, NAME one of
// Prerequisites, Native, Bindings, Tool, Managed, Build, Test, CrossTest, Pack, Demo, Bench, Format, Clean. The default is Build.
#nullable enable
using System.Globalization;
using System.Xml.Linq;

var target = Argument("target", "Build");
var preset = Argument("preset", "release");
var jobs = Argument("jobs", Environment.ProcessorCount);

var artifacts = MakeAbsolute(Directory("artifacts"));
var testResults = artifacts.Combine("tests");
var commandLineTool = artifacts.CombineWithFilePath("cli/convlstm");
var header = File("native/include/convlstm_native.h");
var generatedBindings = Directory("managed/ConvLstmNative/Interop/Generated");
var bindingGenerator = "managed/tools/BindingGenerator/BindingGenerator.csproj";

// What the native build and its tests need: how to see whether it is there, and the Debian package that brings it.
var tools = new (string Name, Func<bool> IsPresent, string Package)[]
{
    ("C++20 compiler (g++)", () => OnPath("g++"), "g++"),
    ("CMake 3.25 or newer", () => OnPath("cmake"), "cmake"),
    ("Ninja", () => OnPath("ninja"), "ninja-build"),
    ("GoogleTest", () => FileExists("/usr/include/gtest/gtest.h") || FileExists("/usr/local/include/gtest/gtest.h"), "libgtest-dev"),
    ("castxml (reads the header for the bindings)", () => OnPath("castxml"), "castxml"),
};

bool OnPath(string command) => Context.Tools.Resolve(command) != null;

void Run(string command, params string[] arguments)
{
    var all = new ProcessArgumentBuilder();
    foreach (var argument in arguments)
        all.AppendQuoted(argument);
    var exitCode = StartProcess(command, new ProcessSettings { Arguments = all });
    if (exitCode != 0)
        throw new CakeException($"{command} {string.Join(' ', arguments)} ended with exit code {exitCode}");
}

void Install(params string[] packages)
{
    var line = $"apt-get install -y --no-install-recommends {string.Join(' ', packages)}";
    if (!OnPath("apt-get"))
        throw new CakeException($"Please install with your package manager what Debian calls: {string.Join(' ', packages)}");
    if (Environment.UserName != "root")
        throw new CakeException($"Please run: sudo apt-get update && sudo {line}");
    Information("Installing {0}", string.Join(", ", packages));
    Environment.SetEnvironmentVariable("DEBIAN_FRONTEND", "noninteractive");
    Run("apt-get", "update", "-qq");
    Run("apt-get", line.Split(' ')[1..].Append("-qq").ToArray());
}

Task("Prerequisites")
    .Description("Installs what is missing with apt where run as root; otherwise says the exact line to run.")
    .Does(() =>
{
    var missing = tools.Where(tool => !tool.IsPresent()).ToList();
    foreach (var tool in missing)
        Information("Missing: {0}", tool.Name);
    if (missing.Count > 0)
        Install(missing.Select(tool => tool.Package).ToArray());
});

Task("Native")
    .Description("Builds the native library into artifacts/native, and its tests.")
    .IsDependentOn("Prerequisites")
    .Does(() =>
{
    Run("cmake", "--preset", preset);
    Run("cmake", "--build", "--preset", preset, "--parallel", $"{jobs}");
});

Task("Bindings")
    .Description("Generates the C# declarations from the C header.")
    .IsDependentOn("Prerequisites")
    .Does(() =>
{
    Run("dotnet", "run", "--project", bindingGenerator, "--configuration", "Release", "--",
        "--header", header.Path.FullPath, "--output", generatedBindings.Path.FullPath);
});

Task("Tool")
    .Description("Builds the command-line tool, with what it needs and nothing else, into artifacts/cli.")
    .IsDependentOn("Native")
    .IsDependentOn("Bindings")
    .Does(() =>
{
    DotNetPublish("managed/ConvLstmNative.Cli/ConvLstmNative.Cli.csproj", new DotNetPublishSettings
    {
        Configuration = "Release",
        NoLogo = true,
        OutputDirectory = commandLineTool.GetDirectory(),
    });
});

Task("Managed")
    .Description("Builds every managed project.")
    .IsDependentOn("Tool")
    .Does(() =>
{
    DotNetBuild("ConvLstmNative.sln", new DotNetBuildSettings { Configuration = "Release", NoLogo = true });
});

Task("Build").IsDependentOn("Managed");

Task("Test")
    .Description("Runs the native and the managed tests; the last line adds them up.")
    .IsDependentOn("Build")
    .Does(() =>
{
    CleanDirectory(testResults);
    var nativeReport = testResults.CombineWithFilePath("native.xml");
    var failures = new List<string>();
    try { Run("ctest", "--preset", preset, "--output-junit", nativeReport.FullPath); }
    catch (CakeException exception) { failures.Add(exception.Message); }

    void TestManaged(FilePath project, string report, params (string Name, string Value)[] environment)
    {
        var settings = new DotNetTestSettings
        {
            Configuration = "Release",
            NoBuild = true,
            NoLogo = true,
            ResultsDirectory = testResults,
            Loggers = { $"trx;LogFileName={report}.trx", "console;verbosity=minimal" },
        };
        foreach (var (name, value) in environment)
            settings.EnvironmentVariables[name] = value;
        try { DotNetTest(project.FullPath, settings); }
        catch (CakeException exception) { failures.Add($"{report}: {exception.Message}"); }
    }

    foreach (var project in GetFiles("tests/managed/*/*.csproj"))
        TestManaged(project, $"{project.GetFilenameWithoutExtension()}");

    // The library once more on a CUDA device, which loops on the processor emulate.
    TestManaged("tests/managed/ConvLstmNative.Tests/ConvLstmNative.Tests.csproj", "ConvLstmNative.Tests on emulated CUDA",
        ("CLN_TEST_DEVICE", "cuda"),
        ("CLN_CUDA_LIBRARY", MakeAbsolute(File($"build/{preset}/native/src/capi/libconvlstm_native_cuda_emulated.so")).FullPath));

    var (passed, failed, skipped) = CountTests();
    var summary = $"{passed} passed, {failed} failed, {skipped} skipped";
    System.IO.File.WriteAllText(testResults.CombineWithFilePath("summary.txt").FullPath, summary + "\n");
    Console.WriteLine(summary);
    if (failures.Count > 0 || failed > 0 || passed == 0)
        throw new CakeException(failures.Count > 0 ? string.Join("; ", failures) : "no test passed, or one failed");
});

(int Passed, int Failed, int Skipped) CountTests()
{
    int passed = 0, failed = 0, skipped = 0;
    int Number(XElement element, string name) => int.Parse(element.Attribute(name)?.Value ?? "0", CultureInfo.InvariantCulture);
    foreach (var report in GetFiles($"{testResults}/*.xml"))
    {
        var suite = XDocument.Load(report.FullPath).Root!;
        var notRun = Number(suite, "skipped") + Number(suite, "disabled");
        passed += Number(suite, "tests") - Number(suite, "failures") - notRun;
        failed += Number(suite, "failures");
        skipped += notRun;
    }
    foreach (var report in GetFiles($"{testResults}/*.trx"))
    {
        XNamespace ns = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
        var counters = XDocument.Load(report.FullPath).Descendants(ns + "Counters").Single();
        passed += Number(counters, "passed");
        failed += Number(counters, "failed") + Number(counters, "error") + Number(counters, "timeout");
        skipped += Number(counters, "total") - Number(counters, "executed");
    }
    return (passed, failed, skipped);
}

Task("CrossTest")
    .Description("On request: builds for 64-bit ARM and runs the native tests there, in an emulator, but for the longest random ones and "
        + "those of emulated GPUs. --whole runs all, for an hour or more.")
    .IsDependentOn("Prerequisites")
    .Does(() =>
{
    var missing = new (bool IsPresent, string Package)[]
    {
        (OnPath("aarch64-linux-gnu-g++"), "g++-aarch64-linux-gnu"),
        (OnPath("qemu-aarch64"), "qemu-user"),
        (FileExists("/usr/src/googletest/CMakeLists.txt"), "googletest"), // built for ARM with the tests
    }.Where(tool => !tool.IsPresent).Select(tool => tool.Package).ToArray();
    if (missing.Length > 0)
        Install(missing);
    Run("cmake", "--preset", "aarch64");
    Run("cmake", "--build", "--preset", "aarch64", "--parallel", $"{jobs}");

    Environment.SetEnvironmentVariable("CLN_PROOF_CASES", Environment.GetEnvironmentVariable("CLN_PROOF_CASES") ?? "100");
    var arguments = new List<string> { "--preset", "aarch64", "--parallel", $"{jobs}" };
    if (!HasArgument("whole"))
    {
        const string Longest = "^ReferenceGradient|Random(Recurrent)?Layers|RandomTraining|SplitWork|FewTilesAndMany|HoistedInput"
            + "|WorkMemory|LittleMemory";
        const string OfEmulatedGpus = "^(Fused|FusedBackward|Hopper|Persistent|PersistentClusters|Wave)[.]|Stepwise[.]|on_emulated_cuda";
        arguments.AddRange(new[] { "--exclude-regex", $"{Longest}|{OfEmulatedGpus}" });
    }
    Run("ctest", arguments.ToArray());
});

Task("Pack")
    .Description("Packs the library and its native parts into artifacts/packages, and runs a program that has nothing else.")
    .IsDependentOn("Native")
    .Does(() =>
{
    var packages = artifacts.Combine("packages");
    CleanDirectory(packages);
    var hasCuda = FileExists(artifacts.CombineWithFilePath("native/libconvlstm_native_cuda.so"));
    var projects = new List<string> { "ConvLstmNative", "packages/ConvLstmNative.Runtime" };
    if (hasCuda)
        projects.Add("packages/ConvLstmNative.Cuda");
    else
        Warning("ConvLstmNative.Cuda is not packed: no artifacts/native/libconvlstm_native_cuda.so, which nvcc builds (README, On a GPU).");
    foreach (var project in projects)
        DotNetPack($"managed/{project}", new DotNetPackSettings { Configuration = "Release", NoLogo = true, OutputDirectory = packages });

    foreach (var useCuda in hasCuda ? new[] { false, true } : new[] { false })
    {
        var output = packages.Combine(useCuda ? "with-cuda" : "without-cuda");
        Run("dotnet", "build", "tests/package/PackageUse", "--configuration", "Release", "--nologo", "--verbosity", "quiet",
            $"-p:UseCuda={useCuda}", "--output", output.FullPath);
        Run("dotnet", output.CombineWithFilePath("PackageUse.dll").FullPath, output.GetDirectoryName());
    }
});

Task("Demo")
    .Description("Predicts frames with the model that comes with the tool and shows them.")
    .IsDependentOn("Tool")
    .Does(() =>
{
    Run(commandLineTool.FullPath, "demo", "--output", artifacts.Combine("demo").FullPath);
});

Task("Bench")
    .Description("Runs this library beside oneDNN, ONNX Runtime and TorchSharp. --quick takes minutes; --shapes=mm3,step and "
        + "--peers=onednn,torchsharp choose, --inference, --training and --calls too, and what they leave out stays in the files as it "
        + "was; --executor=generic names the executor of this library, into a folder of that name; --resume goes on after a run that "
        + "was cut off or disturbed; --check compares outputs and times nothing; the rest is what the core does alone and what a call "
        + "costs, which --with-core and --with-allocations add to --quick.")
    .IsDependentOn("Build")
    .Does(() =>
{
    var output = artifacts.Combine("bench");
    if (Argument<string>("executor", null) is { } executor)
    {
        Environment.SetEnvironmentVariable("CLN_EXECUTOR", executor); // which both benchmarks look at
        output = output.Combine(executor);
    }
    EnsureDirectoryExists(output);
    if (!FileExists("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf") && OnPath("apt-get") && Environment.UserName == "root")
        Install("fonts-dejavu-core"); // of the chart
    var peers = Argument("peers", "onednn,onnxruntime,onnxruntime-scan,torchsharp").Split(',');
    var managedPeers = peers.Where(peer => peer != "onednn").ToArray();
    var nativeResults = output.CombineWithFilePath("native.json");
    var isResumed = HasArgument("resume") && FileExists(nativeResults);
    if (FileExists(nativeResults) && !isResumed)
        DeleteFile(nativeResults);
    var hasRows = HasArgument("inference") || HasArgument("training") || !HasArgument("calls");
    if (hasRows && !isResumed && BuildNativeBenchmarks())
        RunNativeBenchmarks(output, nativeResults, isBesidePeer: peers.Contains("onednn"));
    if (managedPeers.Length > 0)
        RunManagedBenchmarks(output, nativeResults, managedPeers);
});

// Google Benchmark, and oneDNN as the peer; false where the first is missing and cannot be installed.
bool BuildNativeBenchmarks()
{
    var missing = new[] { ("/usr/include/benchmark/benchmark.h", "libbenchmark-dev"), ("/usr/include/oneapi/dnnl/dnnl.hpp", "libdnnl-dev") }
        .Where(package => !FileExists(package.Item1)).Select(package => package.Item2).ToArray();
    if (missing.Length > 0 && OnPath("apt-get") && Environment.UserName == "root")
        Install(missing);
    else if (missing.Length > 0)
        Warning("Not installed: {0} (Debian's names). The native benchmark goes on without it, or is left out.", string.Join(", ", missing));
    if (!FileExists("/usr/include/benchmark/benchmark.h"))
        return false;
    Run("cmake", "--preset", "release", "-DCLN_BUILD_BENCHMARKS=ON");
    Run("cmake", "--build", "--preset", "release", "--target", "cln_benchmarks", "--parallel", $"{jobs}");
    return true;
}

void RunNativeBenchmarks(DirectoryPath output, FilePath results, bool isBesidePeer)
{
    var isQuick = HasArgument("quick");
    var groups = new List<string> { "peak" };
    if (isBesidePeer && (HasArgument("inference") || !HasArgument("training")))
        groups.Add("beside");
    if (!isQuick || HasArgument("with-core"))
        groups.AddRange(new[] { "forward", "stream", "train", "cells" });
    var options = new List<string> { $"--json={results}", $"--benchmark_filter=^({string.Join('|', groups)})/" };
    if (!isQuick || HasArgument("with-core"))
        options.AddRange(new[] { $"--benchmark_out={output}/core.json", "--benchmark_out_format=json" });
    foreach (var name in new[] { "shapes", "threads" }.Where(name => HasArgument(name)))
        options.Add($"--{name}={Argument<string>(name)}");
    options.AddRange(new[] { "quick", "check" }.Where(name => HasArgument(name)).Select(name => $"--{name}"));
    Run("build/release/native/benchmarks/cln_benchmarks", options.ToArray());
}

void RunManagedBenchmarks(DirectoryPath output, FilePath nativeResults, string[] peers)
{
    void Managed(params string[] arguments) => Run("dotnet", new[]
    {
        "run", "--no-build", "--project", "managed/ConvLstmNative.Benchmarks", "--configuration", "Release", "--",
    }.Concat(arguments).ToArray());
    var isWhole = !new[] { "quick", "check", "resume", "shapes", "inference", "training", "calls" }.Any(name => HasArgument(name));
    if (isWhole || HasArgument("with-allocations"))
        Managed("allocations", "--filter", "*", "--artifacts", output.FullPath);

    var options = new List<string> { "--output", output.FullPath, "--peers", string.Join(',', peers) };
    if (FileExists(nativeResults))
        options.AddRange(new[] { "--native", nativeResults.FullPath });
    foreach (var name in new[] { "shapes", "threads" }.Where(name => HasArgument(name)))
        options.AddRange(new[] { $"--{name}", Argument<string>(name) });
    options.AddRange(new[] { "quick", "check", "resume", "inference", "training", "calls" }
        .Where(name => HasArgument(name)).Select(name => $"--{name}"));
    Managed(options.ToArray());
}

Task("Format")
    .Description("Formats the C++ and C# sources in place; needs clang-format.")
    .Does(() =>
{
    if (!OnPath("clang-format"))
        Install("clang-format");
    var sources = GetFiles("{native,tests}/**/*.{h,cpp,c}").Select(file => file.FullPath).ToArray();
    Run("clang-format", sources.Prepend("-i").ToArray());
    Run("dotnet", "format", "ConvLstmNative.sln", "--no-restore");
});

Task("Clean")
    .Description("Removes everything that a build makes.")
    .Does(() =>
{
    foreach (var folder in new[] { "artifacts", "build" }.Where(folder => DirectoryExists(folder)))
        DeleteDirectory(folder, new DeleteDirectorySettings { Recursive = true, Force = true });
});

RunTarget(target);
