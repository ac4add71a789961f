using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Paxos.Protocol;

/// <summary>
/// A random 128-bit number that a node draws when its data directory is born. A node that comes back with an empty disk
/// comes back as another incarnation, and what the first one promised is not expected of it: it does not vote.
/// </summary>
public readonly record struct Incarnation(UInt128 Number) : IComparable<Incarnation>
{
    public static bool TryParse([NotNullWhen(true)] string? text, out Incarnation incarnation)
    {
        var parsed = UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number);
        incarnation = new Incarnation(number);
        return parsed && text!.Length == 32;
    }

    public int CompareTo(Incarnation other) => Number.CompareTo(other.Number);

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Number.ToString("x32", CultureInfo.InvariantCulture);
}
