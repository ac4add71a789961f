using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Paxos.TestKit.Tests.SeededBugs;

/// <summary>The sources of a project of this repository, patched in a copy and compiled in memory.</summary>
internal static class PatchedSources
{
    /// <summary>What the setting of that name adds to a project.</summary>
    public const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Latest = new(LanguageVersion.Latest);

    // A patch changes one file or two; all others are parsed once.
    private static readonly ConcurrentDictionary<string, SyntaxTree> Parsed = new();

    /// <summary>All sources of the project, without what is built.</summary>
    /// <param name="project">Its folder, from the root of the repository.</param>
    /// <param name="patch">Null: as they are.</param>
    public static List<string> Read(string project, string? patch)
    {
        var original = Path.Combine(Repository.Root, project);
        var copy = Directory.CreateTempSubdirectory("paxos-seeded-bug-").FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(original, "*.cs", SearchOption.AllDirectories))
            {
                var name = Path.GetRelativePath(original, file);
                if (name.StartsWith("obj", StringComparison.Ordinal) || name.StartsWith("bin", StringComparison.Ordinal))
                    continue;
                var target = Path.Combine(copy, project, name);
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

    public static CSharpCompilation Compilation(string assemblyName, IEnumerable<string> sources, IEnumerable<MetadataReference> references) =>
        CSharpCompilation.Create(
            assemblyName,
            sources.Select(Parse),
            references,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable));

    public static SyntaxTree Parse(string source) => Parsed.GetOrAdd(source, text => CSharpSyntaxTree.ParseText(text, Latest));

    /// <returns>The bytes of the assembly.</returns>
    /// <exception cref="InvalidDataException">It does not compile.</exception>
    public static byte[] Emit(CSharpCompilation compilation, IEnumerable<ResourceDescription>? resources = null)
    {
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly, manifestResources: resources);
        if (!result.Success)
            throw new InvalidDataException($"The patched {compilation.AssemblyName} does not compile:\n{string.Join('\n', Errors(result.Diagnostics))}");
        return assembly.ToArray();
    }

    public static IEnumerable<Diagnostic> Errors(IEnumerable<Diagnostic> diagnostics) =>
        diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

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
            throw new InvalidDataException($"{patch} does not apply any more: make the same mistake in the sources as they are now.\n{error}");
    }
}
