using Paxos.Protocol;

namespace Paxos.Node.Configuration;

/// <summary>The option <c>--members a=HOST:PORT,b=HOST:PORT,...</c>.</summary>
internal static class MemberList
{
    /// <exception cref="UsageException">The text is no such list, or an id or an address comes twice.</exception>
    public static IReadOnlyDictionary<string, HostPort> Parse(string text)
    {
        var members = new Dictionary<string, HostPort>();
        foreach (var member in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (member.Split('=', 2) is not [var id, var address])
                throw new UsageException($"--members: '{member}' is no ID=HOST:PORT.");
            CheckId(id, "--members");
            var parsed = HostPort.Parse(address, $"--members {id}");
            if (members.ContainsValue(parsed))
                throw new UsageException($"--members: {parsed} is the address of '{members.First(other => other.Value == parsed).Key}' and of '{id}': each node has its own.");
            if (!members.TryAdd(id, parsed))
                throw new UsageException($"--members: the id '{id}' is there twice: ids are unique.");
        }
        return members.Count > 0 ? members : throw new UsageException("--members: the list is empty: write a=HOST:PORT,b=HOST:PORT,...");
    }

    public static void CheckId(string id, string option)
    {
        if (!NodeId.IsValid(id))
            throw new UsageException($"{option}: '{id}' is no node id: 1 to {NodeId.MaxLength} characters of a-z A-Z 0-9 - _ .");
    }
}
