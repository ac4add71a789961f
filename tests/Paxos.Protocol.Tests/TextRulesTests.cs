namespace Paxos.Protocol.Tests;

public sealed class TextRulesTests
{
    [Theory]
    [InlineData("t-shirt/color")]
    [InlineData("...")]
    [InlineData("a b/ü/.a")]
    public void A_name_is_text_in_segments(string name) => Assert.Null(TextRules.NameProblem("name", name));

    [Theory]
    [InlineData(null, "is empty")]
    [InlineData("", "is empty")]
    [InlineData("a\0b", "holds a NUL")]
    [InlineData("/a", "has a segment ''")]
    [InlineData("a//b", "has a segment ''")]
    [InlineData("a/", "has a segment ''")]
    [InlineData("./a", "has a segment '.'")]
    [InlineData("a/..", "has a segment '..'")]
    public void Anything_else_is_refused_with_the_reason(string? name, string reason) =>
        Assert.Contains(reason, TextRules.NameProblem("name", name), StringComparison.Ordinal);

    // No attribute can hold it.
    [Fact]
    public void Half_of_a_surrogate_pair_is_no_text() =>
        Assert.Contains("half of a surrogate pair", TextRules.NameProblem("name", new string('\ud800', 1)), StringComparison.Ordinal);

    [Fact]
    public void The_limit_is_counted_in_bytes()
    {
        Assert.Null(TextRules.NameProblem("name", new string('ü', 256)));
        Assert.Contains("has 513 bytes", TextRules.NameProblem("name", new string('ü', 256) + "x"), StringComparison.Ordinal);
        Assert.Null(TextRules.Problem("key", "abc", 3));
        Assert.Contains("The key has 4 bytes: the limit is 3", TextRules.Problem("key", "abcd", 3), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_group_is_called_default()
    {
        Assert.Equal("default", GroupId.Default.ToString());
        Assert.Equal(new GroupId("default"), GroupId.Default);
        Assert.Equal("", default(GroupId).ToString());
        Assert.Throws<FormatException>(() => new GroupId("a/b"));
    }
}
