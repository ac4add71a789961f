using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Paxos.TestKit.Checking;
using Paxos.TestKit.Checking.Log;
using Paxos.TestKit.Checking.Moves;
using Paxos.TestKit.Scenarios;
using Paxos.TestKit.Simulation;

namespace Paxos.TestKit.Tests.SeededBugs;

/// <summary>
/// The sources of Paxos.Protocol, patched in a copy, compiled in memory and loaded with a Paxos.TestKit of their own beside the
/// real ones. Nothing broken is ever in an assembly on disk.
/// </summary>
internal sealed class Core : IDisposable
{
    private const string Sources = "src/Paxos.Protocol";

    // What ImplicitUsings adds.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private readonly Context context;
    private readonly Assembly testKit;

    /// <param name="patch">Null: the core as it is.</param>
    public Core(string? patch)
    {
        context = new Context(Compile(Patched(patch)));
        testKit = context.LoadFromAssemblyName(typeof(ExhaustiveCheck).Assembly.GetName());
    }

    /// <returns>A <see cref="CheckResult"/> of that other Paxos.TestKit.</returns>
    public dynamic Check(IReadOnlyDictionary<string, int> options) => Check(typeof(CheckOptions), typeof(ExhaustiveCheck), options);

    /// <returns>A <see cref="LogCheckResult"/> of that other Paxos.TestKit.</returns>
    public dynamic CheckLog(IReadOnlyDictionary<string, int> options) => Check(typeof(LogCheckOptions), typeof(LogCheck), options);

    /// <returns>The first <see cref="SimulationResult"/> of that other Paxos.TestKit that breaks something; null: none does.</returns>
    public dynamic? Simulate(int first, int last)
    {
        for (var seed = first; seed <= last; seed++)
        {
            dynamic result = Call(typeof(LogSimulation), nameof(LogSimulation.Run), seed, null);
            if (result.Broken is not null)
                return result;
        }
        return null;
    }

    /// <returns>A <see cref="MoveCheckResult"/> of that other Paxos.TestKit.</returns>
    public dynamic CheckMove(IReadOnlyDictionary<string, int> options) => Check(typeof(MoveCheckOptions), typeof(MoveCheck), options);

    private object Check(Type optionsType, Type check, IReadOnlyDictionary<string, int> options)
    {
        var type = testKit.GetType(optionsType.FullName!)!;
        var its = Activator.CreateInstance(type);
        foreach (var (name, value) in options)
        {
            var property = type.GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)
                ?? throw new InvalidDataException($"The exhaustive check has no option '{name}'.");
            property.SetValue(its, value);
        }
        return Call(check, nameof(ExhaustiveCheck.Run), its, null);
    }

    /// <returns>A <see cref="ScenarioRun"/> of that other Paxos.TestKit.</returns>
    public dynamic Play(string scenario)
    {
        dynamic parsed = Call(typeof(Scenario), nameof(Scenario.Parse), scenario, "trace.txt");
        return parsed.Run();
    }

    public void Dispose() => context.Unload();

    private object Call(Type type, string method, params object?[] arguments)
    {
        try
        {
            return testKit.GetType(type.FullName!)!.GetMethod(method)!.Invoke(null, arguments)!;
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            throw e.InnerException;
        }
    }

    private static List<string> Patched(string? patch)
    {
        var original = Path.Combine(Repository.Root, Sources);
        var copy = Directory.CreateTempSubdirectory("paxos-seeded-bug-").FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(original, "*.cs", SearchOption.AllDirectories))
            {
                var name = Path.GetRelativePath(original, file);
                if (name.StartsWith("obj", StringComparison.Ordinal) || name.StartsWith("bin", StringComparison.Ordinal))
                    continue;
                var target = Path.Combine(copy, Sources, name);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
            if (patch is not null)
                Apply(patch, copy);
            return [.. Directory.EnumerateFiles(copy, "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText)];
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static void Apply(string patch, string folder)
    {
        var start = new ProcessStartInfo("git", ["apply", "--whitespace=nowarn", patch])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
        };
        // The copy is in no repository, whatever lies above it.
        start.Environment["GIT_CEILING_DIRECTORIES"] = Path.GetDirectoryName(folder);
        using var git = Process.Start(start)!;
        var error = git.StandardError.ReadToEnd();
        git.WaitForExit();
        if (git.ExitCode != 0)
            throw new InvalidDataException($"{patch} does not apply any more: make the same mistake in the core as it is now.\n{error}");
    }

    private static byte[] Compile(List<string> sources)
    {
        var latest = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "Paxos.Protocol",
            sources.Append(ImplicitUsings).Select(source => CSharpSyntaxTree.ParseText(source, latest)),
            References,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        if (!result.Success)
        {
            var errors = result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
            throw new InvalidDataException($"The patched core does not compile:\n{string.Join('\n', errors)}");
        }
        return assembly.ToArray();
    }

    private sealed class Context(byte[] protocol) : AssemblyLoadContext(isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name switch
        {
            "Paxos.Protocol" => LoadFromStream(new MemoryStream(protocol)),
            "Paxos.TestKit" => LoadFromStream(new MemoryStream(File.ReadAllBytes(typeof(ExhaustiveCheck).Assembly.Location))),
            _ => null,
        };
    }
}
