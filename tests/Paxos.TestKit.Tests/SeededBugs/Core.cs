using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Paxos.Actors;
using Paxos.TestKit.Checking;
using Paxos.TestKit.Checking.Log;
using Paxos.TestKit.Checking.Moves;
using Paxos.TestKit.Scenarios;
using Paxos.TestKit.Simulation;

namespace Paxos.TestKit.Tests.SeededBugs;

/// <summary>
/// The sources of Paxos.Protocol, patched in a copy, compiled in memory and loaded with the assemblies that stand on it beside the
/// real ones. Nothing broken is ever in an assembly on disk.
/// </summary>
internal sealed class Core : IDisposable
{
    private const string Sources = "src/Paxos.Protocol";

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
        context = new Context(PatchedSources.Emit(
            PatchedSources.Compilation("Paxos.Protocol", PatchedSources.Read(Sources, patch).Append(PatchedSources.ImplicitUsings), References)));
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

    private sealed class Context(byte[] protocol) : AssemblyLoadContext(isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name switch
        {
            "Paxos.Protocol" => LoadFromStream(new MemoryStream(protocol)),
            "Paxos.TestKit" => LoadFromStream(new MemoryStream(File.ReadAllBytes(typeof(ExhaustiveCheck).Assembly.Location))),
            "Paxos.Actors" => LoadFromStream(new MemoryStream(File.ReadAllBytes(typeof(PaxosExtension).Assembly.Location))),
            _ => null,
        };
    }
}
