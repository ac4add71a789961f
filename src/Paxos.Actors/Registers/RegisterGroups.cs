using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Paxos.Actors.Roles.Log;
using Paxos.Protocol;
using Paxos.Protocol.Registers;

namespace Paxos.Actors.Registers;

/// <summary>
/// How the keys of the registers are spread over groups, each with a log and a leader of its own. Where a key is hangs on the
/// number of groups, so that is the same on all nodes and never changes: the data directory remembers it.
/// </summary>
public static class RegisterGroups
{
    /// <summary>The most groups that <c>paxos.registers.groups</c> takes.</summary>
    public const int Max = 10_000;

    private const string Prefix = "registers-";

    /// <summary>The first is the group that is there always.</summary>
    internal static GroupId NameOf(int index) =>
        index == 0 ? GroupId.Default : new GroupId(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{index}"));

    /// <summary>True where the name is kept for a group of registers, however many there are now.</summary>
    internal static bool IsOne(string name) => name == GroupId.Default.ToString() || name.StartsWith(Prefix, StringComparison.Ordinal);

    internal static IReadOnlyList<LogGroup> Create(int count) =>
        [.. Enumerable.Range(0, count).Select(index => new LogGroup(NameOf(index), () => new RegisterStore()))];

    internal static IRegisterStore Open(IReadOnlyList<LogGroup> groups, PaxosSettings settings) => groups.Count == 1
        ? new ReplicatedRegisters(new GroupCalls(groups[0], settings))
        : new SpreadRegisters([.. groups.Select(group => new ReplicatedRegisters(new GroupCalls(group, settings)))]);

    /// <summary>Which of so many groups has the key, from 0: for ever.</summary>
    /// <param name="count"><c>paxos.registers.groups</c> of the cluster, 1 to <see cref="Max"/>.</param>
    public static int IndexOf(string key, int count) =>
        count == 1 ? 0 : (int)(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(key)) % (ulong)count);
}
