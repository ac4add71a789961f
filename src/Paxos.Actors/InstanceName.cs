using Paxos.Protocol;

namespace Paxos.Actors;

/// <summary>
/// The names of decisions (and of register keys): UTF-8, 1 to 512 bytes, no NUL, and no empty, "." or ".." segment between
/// slashes, so that a name is the same in every API.
/// </summary>
public static class InstanceName
{
    public const int MaxBytes = TextRules.MaxNameBytes;

    /// <summary>What is wrong with the name and what to do, or null where it is fine.</summary>
    public static string? Problem(string? name) => TextRules.NameProblem("name", name);
}
