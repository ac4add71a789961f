namespace Paxos.Actors;

/// <summary>
/// The names of decisions (and of register keys): UTF-8, 1 to 512 bytes, no NUL, and no empty, "." or ".." segment between
/// slashes, so that a name is the same in every API.
/// </summary>
public static class InstanceName
{
    public const int MaxBytes = 512;

    /// <summary>What is wrong with the name and what to do, or null where it is fine.</summary>
    public static string? Problem(string? name)
    {
        if (Utf8.Problem("name", name, MaxBytes) is { } problem)
            return problem;
        if (name!.Contains('\0'))
            return "The name holds a NUL character: leave it out.";
        foreach (var segment in name.Split('/'))
        {
            if (segment is "" or "." or "..")
                return $"The name '{name}' has a segment '{segment}' between slashes: segments are not empty, '.' or '..'.";
        }
        return null;
    }
}
