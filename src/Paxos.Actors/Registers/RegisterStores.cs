namespace Paxos.Actors.Registers;

/// <summary>What stands on any <see cref="IRegisterStore"/>: that of a node, or one that a spec has put around it.</summary>
public static class RegisterStores
{
    /// <summary>A replicated register of values of one type, on this store.</summary>
    /// <inheritdoc cref="PaxosExtension.Register"/>
    public static IRegister<T> Register<T>(this IRegisterStore store, string key, ICodec<T>? codec = null) => InstanceName.Problem(key) is { } problem
        ? throw new ArgumentException(problem, nameof(key))
        : new Register<T>(store, key, codec ?? Codecs.For<T>());
}
