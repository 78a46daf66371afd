package dev.poro.server;

import dev.poro.command.Session;
import dev.poro.engine.FileSource;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;

/**
 * What the server knows of one client. Runs commands on one thread at a time, that of the loop or a worker; other
 * threads may only {@link #describe} it, and see what was so a moment ago.
 */
final class ClientSession extends Session {
    private static final int RESP_TWO = 2;
    private static final int RESP_THREE = 3;

    /** Of what MULTI has queued and WATCH remembers. */
    private static final long MAX_KEPT_BYTES = 32 << 20;

    private static final int KEPT_OVERHEAD = 64;
    private static final Set<String> ENDS_OF_TRANSACTIONS = Set.of("EXEC", "DISCARD", "RESET", "QUIT");

    private final ServerContext server;
    private final Connection connection;
    private final RespReplies output;
    private final Subscriptions subscriptions;
    private final ChangeReads changeReads = new ChangeReads(this);
    private final long id;
    private final String address;
    private final String localAddress;
    private final long createdMillis = System.currentTimeMillis();

    // Without an order for others: what they see is a moment old, and that is all the same.
    private long lastMillis = createdMillis;
    private String lastCommand = "NULL";
    private long commands;

    private volatile boolean isAuthenticated;
    private volatile String name = "";
    private volatile String libraryName = "";
    private volatile String libraryVersion = "";
    private volatile boolean isNoEvict;
    private volatile boolean isNoTouch;
    private boolean isReadingStale;
    private FileSource joining;
    private long keptBytes;
    private ReplyMode replyMode = ReplyMode.ON;

    /** A command is queued that is to run on a worker. */
    private boolean hasSlowTransaction;

    /** What CLIENT REPLY has asked for. */
    enum ReplyMode {
        ON,
        OFF,
        /** Not for this command, and not for the next one. */
        SKIP_THIS_AND_NEXT,
        /** Not for this command. */
        SKIP_THIS
    }

    ClientSession(ServerContext server, Connection connection, RespReplies output) {
        super(server.store(), output);
        this.server = server;
        this.connection = connection;
        this.output = output;
        this.subscriptions = new Subscriptions(server.pubSub(), connection);
        this.id = server.clients().newId();
        this.address = textOf(connection.remoteAddress());
        this.localAddress = textOf(connection.localAddress());
        this.isAuthenticated = server.settings().password() == null;
    }

    private static String textOf(SocketAddress socket) {
        return socket instanceof InetSocketAddress internet ? NetUtil.toSocketAddressString(internet) : "?:0";
    }

    ServerContext server() {
        return server;
    }

    Connection connection() {
        return connection;
    }

    /** The replies as bytes; while a transaction runs, {@link #replies} is not the same. */
    RespReplies output() {
        return output;
    }

    Subscriptions subscriptions() {
        return subscriptions;
    }

    ChangeReads changeReads() {
        return changeReads;
    }

    /** Whether a command runs as a part of EXEC. */
    boolean isInTransaction() {
        return replies() != output;
    }

    /** Whether RESP2 leaves it nothing but to receive messages: a reply could not be told from one. */
    boolean isOnlySubscriber() {
        return subscriptions.count() > 0 && !output.isRespThree();
    }

    long id() {
        return id;
    }

    /** Where the client is. */
    String address() {
        return address;
    }

    String localAddress() {
        return localAddress;
    }

    /** The name that the client gave itself. */
    String name() {
        return name;
    }

    void setName(String newName) {
        name = newName;
    }

    void setLibraryName(String newName) {
        libraryName = newName;
    }

    void setLibraryVersion(String newVersion) {
        libraryVersion = newVersion;
    }

    void setNoEvict(boolean noEvict) {
        isNoEvict = noEvict;
    }

    void setNoTouch(boolean noTouch) {
        isNoTouch = noTouch;
    }

    /** The files that a node copies through this client; {@code null} if there are none. */
    FileSource joining() {
        return joining;
    }

    /** Closes those that there were. */
    void setJoining(FileSource files) {
        FileSource before = joining;
        joining = files;
        if (before != null) {
            before.close();
        }
    }

    /** Whether reads see what this node of a cluster has, current or not. */
    boolean isReadingStale() {
        return isReadingStale;
    }

    void setReadingStale(boolean readingStale) {
        isReadingStale = readingStale;
    }

    boolean isAuthenticated() {
        return isAuthenticated;
    }

    void setAuthenticated(boolean authenticated) {
        isAuthenticated = authenticated;
        connection.onAuthenticated(authenticated);
    }

    ReplyMode replyMode() {
        return replyMode;
    }

    void setReplyMode(ReplyMode mode) {
        replyMode = mode;
    }

    /**
     * Whether a transaction may keep the words of a command, or what it watches: there is a limit to that.
     *
     * @param command in upper case
     */
    boolean mayKeep(String command, List<byte[]> words) {
        boolean isWatch = command.equals("WATCH");
        if (!transaction().isOpen() && transaction().watchedKeys() == 0) {
            keptBytes = 0;
        }
        if (!isWatch && (!transaction().isOpen() || ENDS_OF_TRANSACTIONS.contains(command))) {
            return true;
        }
        for (byte[] word : words) {
            keptBytes += word.length + KEPT_OVERHEAD;
        }
        return keptBytes <= MAX_KEPT_BYTES;
    }

    boolean hasSlowTransaction() {
        return hasSlowTransaction;
    }

    void setSlowTransaction(boolean slow) {
        hasSlowTransaction = slow;
    }

    /** A longer one would not be sent: the connection would be closed. */
    @Override
    protected long maxReplyLength() {
        return server.settings().outputLimit();
    }

    /** A command begins. */
    void onCommand(String command) {
        onCommand(command, System.currentTimeMillis());
    }

    /** A command begins at a time. */
    void onCommand(String command, long millis) {
        lastMillis = millis;
        lastCommand = command;
        commands++;
    }

    /** Whether a request may run together with those of others: nothing asks for it to be treated in its own way. */
    boolean isPlain() {
        return isAuthenticated
                && replyMode == ReplyMode.ON
                && !transaction().isOpen()
                && !isOnlySubscriber()
                && !hasToken()
                && !isTokenMissing();
    }

    long idleSeconds() {
        return (System.currentTimeMillis() - lastMillis) / 1_000;
    }

    long ageSeconds() {
        return (System.currentTimeMillis() - createdMillis) / 1_000;
    }

    /** Forgets what the client has asked for, as if it had just come. */
    void reset() {
        transaction().end();
        changeReads.close();
        setJoining(null);
        dropToken();
        subscriptions.clear();
        output.setRespThree(false);
        replyMode = ReplyMode.ON;
        name = "";
        isNoEvict = false;
        isNoTouch = false;
        isReadingStale = false;
        setAuthenticated(server.settings().password() == null);
    }

    /** One line, as CLIENT LIST shows it. */
    String describe() {
        StringJoiner line = new StringJoiner(" ");
        line.add("id=" + id).add("addr=" + address).add("laddr=" + localAddress).add("fd=-1");
        line.add("name=" + name).add("age=" + ageSeconds());
        line.add("idle=" + idleSeconds()).add("flags=" + flags()).add("db=0");
        line.add("sub=" + subscriptions.channelCount())
                .add("psub=" + subscriptions.patternCount())
                .add("ssub=0");
        line.add("multi=" + (transaction().isOpen() ? transaction().size() : -1))
                .add("watch=" + transaction().watchedKeys());
        line.add("qbuf=" + connection.inputLength()).add("qbuf-free=" + connection.inputFree());
        line.add("argv-mem=0").add("multi-mem=0").add("obl=0").add("oll=0");
        line.add("omem=" + connection.outputLength());
        line.add("tot-mem=" + (connection.inputLength() + connection.inputFree() + connection.outputLength()));
        line.add("events=r").add("cmd=" + lastCommand).add("user=default").add("redir=-1");
        line.add("resp=" + respVersion()).add("lib-name=" + libraryName).add("lib-ver=" + libraryVersion);
        line.add("tot-cmds=" + commands);
        return line.toString();
    }

    int respVersion() {
        return output.isRespThree() ? RESP_THREE : RESP_TWO;
    }

    private String flags() {
        String flags = (changeReads.isWaiting() ? "b" : "")
                + (subscriptions.count() > 0 ? "P" : "")
                + (transaction().isOpen() ? "x" : "")
                + (isNoEvict ? "e" : "")
                + (isNoTouch ? "T" : "");
        return flags.isEmpty() ? "N" : flags;
    }
}
