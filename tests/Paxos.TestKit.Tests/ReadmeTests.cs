using Microsoft.CodeAnalysis;
using Paxos.TestKit.Tests.SeededBugs;

namespace Paxos.TestKit.Tests;

/// <summary>The C# in the README is what its readers begin with.</summary>
public sealed class ReadmeTests
{
    private static readonly MetadataReference[] References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    private static readonly string[] Blocks =
        [.. File.ReadAllText(Path.Combine(Repository.Root, "README.md")).Split("```csharp\n").Skip(1).Select(text => text[..text.IndexOf("```", StringComparison.Ordinal)])];

    [Fact]
    public void There_are_five_blocks() => Assert.Equal(5, Blocks.Length);

    [Fact]
    public void An_app_and_one_that_is_no_member_compile() => Compile(Program(Blocks[0], Blocks[3]));

    [Fact]
    public void A_state_machine_of_an_app_compiles() =>
        Compile(Blocks[1], Program("CancellationToken ct = default;\nvar config = ConfigurationFactory.Empty;", Blocks[2]));

    [Fact]
    public void A_spec_compiles() => Compile(Program(Blocks[4]));

    // One behind the other, but for the usings, which come first.
    private static string Program(params string[] blocks)
    {
        var lines = blocks.SelectMany(block => block.Split('\n')).ToLookup(IsUsing);
        return string.Join('\n', lines[true].Distinct().Concat(lines[false]));
    }

    private static bool IsUsing(string line) => line.StartsWith("using ", StringComparison.Ordinal);

    private static void Compile(params string[] sources)
    {
        var compilation = PatchedSources.Compilation("readme", [.. sources, PatchedSources.ImplicitUsings], References);
        var program = compilation.WithOptions(compilation.Options.WithOutputKind(OutputKind.ConsoleApplication));
        Assert.Empty(PatchedSources.Errors(program.GetDiagnostics()));
    }
}
