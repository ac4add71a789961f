namespace Paxos.Protocol.Tests;

/// <summary>What may name a node or a group, and how an incarnation is written.</summary>
public sealed class NamesTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("node-1.eu_WEST")]
    [InlineData("..")]
    public void Letters_digits_and_three_marks_make_a_name(string name)
    {
        Assert.Equal(name, new NodeId(name).ToString());
        Assert.Equal(name, new GroupId(name).ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a=b")]
    [InlineData("a\n")]
    [InlineData("é")]
    [InlineData("१")]
    public void Anything_else_is_no_name(string? name)
    {
        Assert.False(NodeId.IsValid(name));
        Assert.Throws<FormatException>(() => new NodeId(name!));
        Assert.Throws<FormatException>(() => new GroupId(name!));
    }

    [Fact]
    public void A_name_has_64_characters_at_most()
    {
        Assert.Equal(64, new NodeId(new string('n', 64)).ToString().Length);
        var error = Assert.Throws<FormatException>(() => new NodeId(new string('n', 65)));
        Assert.Contains("1 to 64 characters", error.Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => new GroupId(new string('g', 65)));
    }

    [Fact]
    public void An_incarnation_is_32_hexadecimal_digits_and_reads_back()
    {
        var incarnation = new Incarnation(0xAB);
        Assert.Equal("000000000000000000000000000000ab", incarnation.ToString());
        foreach (var number in new UInt128[] { 0, 0xAB, UInt128.MaxValue })
        {
            Assert.True(Incarnation.TryParse(new Incarnation(number).ToString(), out var read));
            Assert.Equal(number, read.Number);
        }
        Assert.True(incarnation.CompareTo(new Incarnation(UInt128.MaxValue)) < 0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("000000000000000000000000000000a")]
    [InlineData("00000000000000000000000000000000a")]
    [InlineData("0000000000000000000000000000000g")]
    [InlineData(" 0000000000000000000000000000000")]
    [InlineData("-0000000000000000000000000000001")]
    public void Anything_else_is_no_incarnation(string? text) => Assert.False(Incarnation.TryParse(text, out _));
}
