using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace Paxos.Actors.Remoting;

/// <summary>
/// One connection. A thread waits for what comes in and runs what follows from it; what that sends goes out on the same thread, and
/// no other one is woken. Only what the socket has no room for waits for a second thread.
/// </summary>
internal sealed class Connection : AssociationHandle
{
    // More is not taken while the other side reads nothing: remoting then keeps it, and tries again.
    private const int MaxWaitingBytes = 4 * 1024 * 1024;

    private readonly SocketTransport transport;
    private readonly Socket socket;
    private readonly FrameInput input;
    private readonly Lock gate = new();
    private readonly FrameOutput output = new();
    private bool isClosed;
    private bool isDraining;

    // What came is no frame, and nothing behind it is. The readers' own.
    private bool isBad;

    public Connection(SocketTransport transport, Socket socket, Address local, Address remote)
        : base(local, remote)
    {
        this.transport = transport;
        this.socket = socket;
        input = new FrameInput(transport.MaximumPayloadBytes);
        socket.Blocking = false;
        // Remoting names who listens when it has taken the connection; until then nothing is read.
        ReadHandlerSource.Task.ContinueWith(
            listener => StartReader(listener.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    /// <returns>False: it is closed, or too much waits. Nothing of it is sent then.</returns>
    public override bool Write(ByteString payload)
    {
        lock (gate)
        {
            if (IsFull(payload) && !isDraining)
                TrySend();
            if (isClosed || IsFull(payload))
                return false;
            output.Add(payload);
        }
        if (Chain.Current is { } chain)
            chain.FlushAfterTurn(this);
        else
            Flush();
        return true;
    }

    /// <summary>Sends what waits; where the socket has no room, another thread goes on with it.</summary>
    public void Flush()
    {
        lock (gate)
        {
            if (isDraining || TrySend())
                return;
            isDraining = true;
        }
        StartThread(Drain, "writer");
    }

    [Obsolete("As the base class says: with a reason.")]
    public override void Disassociate() => Close();

    /// <summary>Ends it: what waits is sent as far as there is room, and the other side sees the end.</summary>
    public void Close()
    {
        lock (gate)
        {
            TrySend();
            isClosed = true;
            try
            {
                // Wakes the reader, which disposes of the socket.
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The other side was faster.
            }
            // Nobody ever read from it.
            if (!ReadHandlerSource.Task.IsCompleted)
                socket.Dispose();
        }
        transport.Forget(this);
    }

    private bool IsFull(ByteString next) => !output.Waiting.IsEmpty && output.Waiting.Length + next.Length > MaxWaitingBytes;

    // True: there is nothing more to send.
    private bool TrySend()
    {
        while (!isClosed && output.Waiting is { IsEmpty: false } waiting)
        {
            var count = socket.Send(waiting, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                return false;
            // The reader sees the end too, and tells remoting.
            if (error != SocketError.Success)
                return true;
            output.Advance(count);
        }
        return true;
    }

    private void Drain()
    {
        while (true)
        {
            try
            {
                socket.Poll(Timeout.Infinite, SelectMode.SelectWrite);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            lock (gate)
            {
                if (TrySend())
                {
                    isDraining = false;
                    return;
                }
            }
        }
    }

    // False: it is at its end.
    private bool TryReceive()
    {
        try
        {
            while (true)
            {
                socket.Poll(Timeout.Infinite, SelectMode.SelectRead);
                var count = socket.Receive(input.Free, SocketFlags.None, out var error);
                if (error == SocketError.WouldBlock)
                    continue;
                if (error != SocketError.Success || count == 0)
                    return false;
                input.Advance(count);
                return true;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private void StartReader(IHandleEventListener listener) => StartThread(() => Read(listener), "reader");

    private static void StartThread(Action work, string what) =>
        new Thread(() => work()) { IsBackground = true, Name = $"paxos-remoting-{what}" }.UnsafeStart();

    private void Read(IHandleEventListener listener)
    {
        // A turn that blocks keeps this thread: another one reads on.
        var chain = new Chain(() => StartReader(listener));
        while (!isBad && TryReceive())
        {
            if (!chain.Run(NotifyAll))
                return;
        }
        Close();
        socket.Dispose();
        listener.Notify(new Disassociated(DisassociateInfo.Unknown));

        void NotifyAll()
        {
            try
            {
                while (input.Next() is { } frame)
                    listener.Notify(new InboundPayload(frame));
            }
            catch (InvalidDataException e)
            {
                transport.Log.Warning("What {0} sends is not understood: {1}. The connection is closed.", RemoteAddress, e.Message);
                isBad = true;
            }
        }
    }
}
