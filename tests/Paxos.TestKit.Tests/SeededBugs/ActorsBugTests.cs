using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Paxos.TestKit.Simulation;

namespace Paxos.TestKit.Tests.SeededBugs;

/// <summary>
/// The mistakes in the actors can be made in them as they are now, and name a spec and an invariant that there are. That the specs
/// find them takes minutes, and is shown by tests/mutants/actors.sh: for that, <c>PAXOS_ACTORS_BUGS=DIRECTORY</c> leaves the wrong
/// assemblies there, each in a directory of its patch's name, and in "right" one without a mistake.
/// </summary>
public sealed class ActorsBugTests
{
    private const string Actors = "src/Paxos.Actors";

    // The actors as they are. What of them a patch leaves as it is needs no second look.
    private static readonly Lazy<(List<string> Sources, CSharpCompilation Compilation)> Right = new(() =>
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) != "Paxos.Actors.dll")
            .Select(path => MetadataReference.CreateFromFile(path));
        var sources = PatchedSources.Read(Actors, patch: null);
        return (sources, PatchedSources.Compilation("Paxos.Actors", [.. sources, .. Generated()], references));
    });

    public static TheoryData<string> Patches => [.. SeededBug.All.Where(bug => bug.Spec is not null).Select(bug => bug.Name).Order()];

    [Theory]
    [MemberData(nameof(Patches))]
    public void A_mistake_in_the_actors_compiles_and_names_a_spec_and_an_invariant(string name)
    {
        var bug = SeededBug.Read(name);
        var sources = PatchedSources.Read(Actors, bug.Patch);
        var changed = sources.Except(Right.Value.Sources).Select(PatchedSources.Parse).ToList();
        var compilation = Right.Value.Compilation
            .RemoveSyntaxTrees(Right.Value.Sources.Except(sources).Select(PatchedSources.Parse))
            .AddSyntaxTrees(changed);
        Assert.NotEmpty(changed);
        Assert.Empty(changed.SelectMany(file => PatchedSources.Errors(compilation.GetSemanticModel(file).GetDiagnostics())));
        Leave(compilation, name);

        Assert.Contains(bug.Breaks, Enum.GetNames<LogInvariant>());
        var (spec, fact) = bug.Spec!.Split('.') is [var first, var second] ? (first, second) : throw new InvalidDataException($"{bug.Spec} is not CLASS.METHOD.");
        var file = Assert.Single(Directory.GetFiles(Path.Combine(Repository.Root, "tests", "Paxos.Actors.Tests"), spec + ".cs", SearchOption.AllDirectories));
        Assert.Matches(
            new Regex($@"\[(Fact|Theory)\]\s+(\[(InlineData|MemberData).*\]\s+)*public (async Task|void) {Regex.Escape(fact)}\("), File.ReadAllText(file));
    }

    [Fact]
    public void The_actors_as_they_are_compile_in_the_same_harness()
    {
        Assert.Empty(PatchedSources.Errors(Right.Value.Compilation.GetDeclarationDiagnostics()));
        Leave(Right.Value.Compilation, "right");
    }

    private static void Leave(CSharpCompilation compilation, string name)
    {
        if (Environment.GetEnvironmentVariable("PAXOS_ACTORS_BUGS") is not { Length: > 0 } folder)
            return;
        var settings = ((string[])["reference.conf", "remoting.conf"]).Select(file => new ResourceDescription(
            $"Paxos.Actors.{file}", () => File.OpenRead(Path.Combine(Repository.Root, Actors, file)), isPublic: true));
        var output = Directory.CreateDirectory(Path.Combine(folder, name));
        File.WriteAllBytes(Path.Combine(output.FullName, "Paxos.Actors.dll"), PatchedSources.Emit(compilation, [.. settings]));
    }

    // What the build makes: of the .proto files, the implicit usings, and to whom the internals are visible.
    private static List<string> Generated()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var folder = Path.Combine(Repository.Root, Actors, "obj", output.Parent!.Name, output.Name);
        return [.. Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText)];
    }
}
