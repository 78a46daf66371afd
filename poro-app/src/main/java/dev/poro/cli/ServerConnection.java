package dev.poro.cli;

import dev.poro.command.Replies;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A connection to a server that speaks the protocol of Redis: RESP3, or RESP2 if it knows nothing newer. Every failure
 * is an {@link IOException} that names the server and says in one line what has happened. Not thread-safe, but for
 * {@link #send} beside {@link #read}, and {@link #abort}.
 */
final class ServerConnection implements Closeable {
    private static final int CONNECT_TIMEOUT_MS = 10_000;
    private static final byte[] END = {'\r', '\n'};

    /** What is sent at once; longer words follow. */
    private static final int BUFFER_LENGTH = 64 << 10;

    private final Endpoint endpoint;
    private final Socket socket;
    private final OutputStream out;
    private final RespInput in;
    private volatile boolean isClosed;

    private ServerConnection(Endpoint endpoint, Socket socket) throws IOException {
        this.endpoint = endpoint;
        this.socket = socket;
        this.out = socket.getOutputStream();
        this.in = new RespInput(socket.getInputStream());
    }

    /** @param tls {@code null} for a plain connection */
    static ServerConnection open(Endpoint endpoint, SSLContext tls) throws IOException {
        Socket socket = new Socket();
        try {
            InetSocketAddress address = new InetSocketAddress(endpoint.host(), endpoint.port());
            if (address.isUnresolved()) {
                throw new UnknownHostException("unknown host");
            }
            socket.connect(address, CONNECT_TIMEOUT_MS);
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            return new ServerConnection(endpoint, tls == null ? socket : encrypted(endpoint, socket, tls));
        } catch (IOException e) {
            socket.close();
            String how = e instanceof SSLException ? "cannot connect by TLS to " : "cannot connect to ";
            throw new IOException(how + endpoint + ": " + e.getMessage(), e);
        }
    }

    /** The certificate must be that of the host. */
    private static SSLSocket encrypted(Endpoint endpoint, Socket socket, SSLContext tls) throws IOException {
        SSLSocket encrypted =
                (SSLSocket) tls.getSocketFactory().createSocket(socket, endpoint.host(), endpoint.port(), true);
        SSLParameters parameters = encrypted.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        encrypted.setSSLParameters(parameters);
        encrypted.startHandshake();
        return encrypted;
    }

    /** A server that does not answer for longer is given up: what waits for a reply fails. */
    void limitWaits(Duration most) throws IOException {
        socket.setSoTimeout((int) most.toMillis());
    }

    /**
     * Tells who the client is, and asks for RESP3.
     *
     * @param user {@code null} for the one user that every server has
     * @param password {@code null} for none
     */
    void greet(String user, byte[] password) throws IOException {
        if (password != null) {
            byte[] auth = ascii("AUTH");
            byte[] name = user == null ? null : user.getBytes(StandardCharsets.UTF_8);
            String error = ask(name == null ? List.of(auth, password) : List.of(auth, name, password));
            if (error != null) {
                throw new IOException(endpoint + " refuses the password: " + error);
            }
        }
        String error = ask(List.of(ascii("HELLO"), ascii("3")));
        if (error != null && error.startsWith("NOAUTH")) {
            throw new IOException(endpoint + " wants a password: --password-file FILE");
        }
        // Any other error is that of a server which is older than RESP3: it goes on in RESP2.
    }

    /** Returns the error that the server replies, or {@code null}. */
    private String ask(List<byte[]> words) throws IOException {
        send(words);
        SilentReplies reply = new SilentReplies();
        read(reply);
        return reply.error();
    }

    /** Sends a request. */
    void send(List<byte[]> words) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(ascii("*" + words.size() + "\r\n"));
        try {
            for (byte[] word : words) {
                request.writeBytes(ascii("$" + word.length + "\r\n"));
                if (request.size() + word.length > BUFFER_LENGTH) {
                    request.writeTo(out);
                    request.reset();
                    out.write(word);
                } else {
                    request.writeBytes(word);
                }
                request.writeBytes(END);
            }
            request.writeTo(out);
            out.flush();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** Waits for a reply, and returns its type, see {@link RespInput#peek}. */
    char peek() throws IOException {
        try {
            return in.peek();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** Reads one reply; returns its type, see {@link RespInput#read}. */
    char read(Replies replies) throws IOException {
        try {
            return in.read(replies);
        } catch (ReplyException e) {
            throw e;
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private IOException broken(IOException e) {
        if (isClosed) {
            return new IOException("interrupted: the connection to " + endpoint + " is closed", e);
        }
        return new IOException(
                e instanceof EOFException
                        ? endpoint + " has closed the connection"
                        : "the connection to " + endpoint + " is broken: " + e.getMessage(),
                e);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** On any thread: what waits for a reply fails then. */
    void abort() {
        try {
            close();
        } catch (IOException e) {
            // It is of no more use all the same.
        }
    }

    @Override
    public void close() throws IOException {
        isClosed = true;
        socket.close();
    }
}
