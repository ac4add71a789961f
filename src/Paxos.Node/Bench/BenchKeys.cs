using System.Globalization;
using Paxos.Actors.Registers;

namespace Paxos.Node.Bench;

/// <summary>The registers that a run uses.</summary>
internal sealed class BenchKeys
{
    private readonly string prefix;

    // The numbers behind the prefix; null: those from 0.
    private readonly int[]? numbers;

    /// <param name="groups">Only keys of so many groups, the first ones; null: of all.</param>
    /// <param name="groupsInCluster">How many there are.</param>
    public BenchKeys(string prefix, int count, int? groups = null, int groupsInCluster = 1)
    {
        this.prefix = prefix;
        Count = count;
        if (groups is null || groups >= groupsInCluster)
            return;
        numbers = new int[count];
        for (int number = 0, found = 0; found < count; number++)
        {
            if (RegisterGroups.IndexOf(Name(number), groupsInCluster) < groups)
                numbers[found++] = number;
        }
    }

    public int Count { get; }

    /// <summary>One after the other and round again.</summary>
    public string Of(long n) => Name(numbers is null ? n % Count : numbers[n % Count]);

    /// <summary>Of names that no other run has.</summary>
    public static string NewPrefix() => $"bench/{Guid.NewGuid().ToString("N")[..12]}/";

    private string Name(long number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
}
