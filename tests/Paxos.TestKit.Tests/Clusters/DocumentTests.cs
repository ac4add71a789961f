namespace Paxos.TestKit.Tests.Clusters;

public sealed class DocumentTests
{
    [Theory]
    [InlineData("LostPromisesSpec.cs")]
    [InlineData("LostAcceptsSpec.cs")]
    [InlineData("DeadLeaderSpec.cs")]
    public void The_page_on_specs_shows_them_as_they_stand(string file)
    {
        var code = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Paxos.TestKit.Tests", "Clusters", file));
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "testkit.md"));
        Assert.Contains($"```csharp\n{code}```", page, StringComparison.Ordinal);
    }
}
