using Paxos.Node.Commands;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);
