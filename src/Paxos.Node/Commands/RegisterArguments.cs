using System.CommandLine;
using System.Globalization;
using Paxos.Actors.Registers;

namespace Paxos.Node.Commands;

/// <summary>The arguments that the commands for registers have in common.</summary>
internal static class RegisterArguments
{
    private const string KeyHelp = "The register, like t-shirt/color: 1 to 512 bytes";

    public static Argument<string> Key() => new("KEY") { Description = KeyHelp };

    public static Argument<string?> OptionalKey() => new("KEY") { Description = KeyHelp, Arity = ArgumentArity.ZeroOrOne };

    public static Option<string?> Prefix(string description) => new("--prefix") { Description = description, HelpName = "P" };

    public static Argument<string> Value() => new("VALUE") { Description = "Up to 1048576 bytes; - reads them from the standard input" };

    public static Option<string?> IfVersion() => new("--if-version") { Description = "Only if the register has this version", HelpName = "N" };

    /// <exception cref="UsageException">Not exactly one of the two, or no key.</exception>
    public static (string What, bool IsPrefix) KeyOrPrefix(string? key, string? prefix) => (key, prefix) switch
    {
        ({ }, null) => (ArgumentText.Name("KEY", key), false),
        (null, { }) => (prefix, true),
        _ => throw new UsageException("give either KEY or --prefix P."),
    };

    /// <exception cref="UsageException">It is no version of a register.</exception>
    public static ulong Version(string argument, string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? version
            : throw new UsageException($"{argument}: '{text}' is no version: give a whole number from 1, as 'paxos get KEY --version' prints it.");

    /// <exception cref="UsageException">It is not UTF-8, or too long.</exception>
    public static async Task<byte[]> ReadValueAsync(string text, CancellationToken ct)
    {
        if (text != "-")
            return ArgumentText.Value("VALUE", text, IRegisterStore.MaxValueBytes);
        await using var input = Console.OpenStandardInput();
        var bytes = new byte[IRegisterStore.MaxValueBytes + 1];
        var size = await input.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        return size <= IRegisterStore.MaxValueBytes
            ? bytes[..size]
            : throw new UsageException($"the standard input has more bytes than a value may have: the limit is {IRegisterStore.MaxValueBytes}.");
    }

    /// <summary>A value for a line of a terminal.</summary>
    public static string Print(ReadOnlyMemory<byte>? value) =>
        value is not { } bytes ? "" : ArgumentText.Text(bytes.Span) ?? $"({bytes.Length} bytes that are not UTF-8: --json prints them)";
}
