using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Paxos.Node.Commands;

/// <summary>An option that takes a whole number in a range, and says so when it gets something else.</summary>
internal static class NumberOption
{
    public static Option<int> Create(string name, string description, int byDefault, int min, int max) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => byDefault, CustomParser = result => Parse(result, min, max) ?? byDefault };

    /// <summary>Null where it is not given.</summary>
    public static Option<int?> CreateOptional(string name, string description, int min, int max) =>
        new(name) { Description = description, HelpName = "N", CustomParser = result => Parse(result, min, max) };

    private static int? Parse(ArgumentResult result, int min, int max)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        result.AddError($"{((OptionResult?)result.Parent)?.Option.Name}: '{text}' is no whole number from {min} to {max}.");
        return null;
    }
}
