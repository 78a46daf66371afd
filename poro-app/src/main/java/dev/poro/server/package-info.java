/**
 * A server that speaks the protocol of Redis (RESP2, RESP3 and inline commands), so that every client of Redis can use
 * a store. {@link dev.poro.server.PoroServer} is the way in. Needs Netty, an optional dependency: a program that embeds
 * only the store needs none of it.
 *
 * <pre>
 *   socket ──▶ Connection ─ RequestInput ─▶ RequestParser ──▶ PipelinedRequests ──▶ Pipeline     the frequent ones,
 *                  ▲                        offsets      │                            │          of all connections
 *                  │                                     └──▶ Dispatcher ──▶ Command.run         one by one
 *                  └─────────────────── output ◀──── RespReplies ◀────────────┴───────┘
 * </pre>
 *
 * <p>Threads: each connection belongs to one event loop, which has one {@code Tick}. While the loop reads its sockets,
 * connections only collect bytes. Then the tick runs what they have sent, connection by connection, and writes and
 * flushes the replies of each. The frequent commands of all connections go through the store as one pipeline, which is
 * also the group commit: under {@code always}, one fsync for all that has come at the same time. Any other request runs
 * after all those before it. So the replies of a connection are in the order of its requests, and each sees what the
 * ones before it have done.
 *
 * <p>In a cluster, what has come together ({@code RequestRound}) is one message, and the loop does not wait until that
 * has come back: it sends the next ones meanwhile, up to a limit, and writes replies as messages come back, in their
 * order. What is on its way has a bound, one for all loops: beyond it, a loop has one message on its way. The reads of
 * such a round happen in the order of its requests, too, and so are current. Reads that need not be current are
 * answered at once, unless their connection waits for something before them.
 *
 * <p>A loop never waits for a client, and never for long:
 *
 * <ul>
 *   <li>Commands that take as long as the store or its values are large (KEYS, RANDOMKEY, LCS, SAVE, SNAPSHOT) run on a
 *       worker thread. Only their own connection waits for them. Inside a transaction they run with EXEC, on the loop.
 *   <li>CLIENT PAUSE, DEBUG SLEEP and WAITAOF suspend connections by a timer.
 *   <li>XREAD and the other commands of the stream of changes read from the disk, on a worker. One that waits suspends
 *       its connection until {@code ChangeWaits} hears of news from the store.
 *   <li>A change waits for the store: for the disk under {@code always}, otherwise only for room in the log.
 *   <li>In a cluster, a change or a read that runs alone waits for the cluster on a thread that is there for this. Only
 *       its own connection waits for it. So does a round that must wait before it can be sent.
 * </ul>
 *
 * <p>Limits:
 *
 * <ul>
 *   <li>A request holds at most 1 MiB and one value; more is skipped, and answered by an error. What a client declares
 *       takes no memory before it has come.
 *   <li>A connection is not read from while more than 256 KiB of replies wait for its client. If they exceed the output
 *       limit (64 MiB; 32 MiB of messages) all the same, because one reply is that long, it is closed.
 *   <li>The values that a round of requests reads have about 10 MB at most. What others write meanwhile may make them
 *       longer: reads beyond get an error, and may be tried again.
 *   <li>MULTI queues, and WATCH remembers, 32 MiB at most.
 *   <li>Before AUTH, a request has at most 10 arguments of 16 KiB.
 * </ul>
 */
package dev.poro.server;
