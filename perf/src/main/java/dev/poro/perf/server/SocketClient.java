package dev.poro.perf.server;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.HdrHistogram.Histogram;

/**
 * A client that does as little as possible, so that the server is what limits: one thread that sends the next pipeline
 * on all its connections, and then takes the replies of all of them. The requests are made before, and allocate nothing
 * when they are sent. Every reply is looked at: its first byte, and its length by where the next one begins.
 */
final class SocketClient implements AutoCloseable {
    static final int VALUE_LENGTH = 16;

    /** So many requests, which are sent again and again. */
    static final int REQUESTS = 200_000;

    private static final int FILLED_AT_ONCE = 100;
    private static final int KEY_DIGITS = 12;
    private static final int RECEIVED_LENGTH = 256 * 1024;
    private static final int REPLY_TO_SET = "+OK\r\n".length();
    private static final int REPLY_TO_GET = ("$" + VALUE_LENGTH + "\r\n\r\n").length() + VALUE_LENGTH;
    private static final long MAX_NANOS = 60_000_000_000L;

    private final List<SocketChannel> channels = new ArrayList<>();
    private final ByteBuffer received = ByteBuffer.allocateDirect(RECEIVED_LENGTH);
    private final int keys;

    /** @param keys that there are; see {@link #fill} */
    SocketClient(InetSocketAddress server, int connections, int keys) throws IOException {
        this.keys = keys;
        try {
            for (int i = 0; i < connections; i++) {
                SocketChannel channel = SocketChannel.open(server);
                channels.add(channel);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** How many requests were answered, in which time, and how long a pipeline has waited. */
    record Answered(long requests, long nanos, Histogram latencies) {
        double perSecond() {
            return requests * 1e9 / nanos;
        }
    }

    /** Sets all keys. */
    void fill() throws IOException {
        ByteBuffer requests = requests(Load.SET, keys, i -> i);
        int length = requests.capacity() / keys;
        for (int begin = 0; begin < keys; begin += FILLED_AT_ONCE) {
            int end = Math.min(keys, begin + FILLED_AT_ONCE);
            send(channels.get(0), requests, begin * length, end * length);
            receive(channels.get(0), (end - begin) * REPLY_TO_SET, REPLY_TO_SET, '+');
        }
    }

    /** Sends a load for a time. */
    Answered run(Load load, long nanos) throws IOException {
        boolean isSet = load.command().equals(Load.SET);
        int replyLength = isSet ? REPLY_TO_SET : REPLY_TO_GET;
        SplittableRandom random = new SplittableRandom(load.pipeline());
        ByteBuffer requests = requests(load.command(), REQUESTS, i -> random.nextInt(keys));
        int pipelineLength = requests.capacity() / REQUESTS * load.pipeline();
        int pipelines = requests.capacity() / pipelineLength;
        long[] sent = new long[channels.size()];
        Histogram latencies = new Histogram(MAX_NANOS, 3);
        long count = 0;
        int next = 0;
        long begin = System.nanoTime();
        long now = begin;
        while (now - begin < nanos) {
            for (int i = 0; i < sent.length; i++) {
                sent[i] = System.nanoTime();
                send(channels.get(i), requests, next * pipelineLength, (next + 1) * pipelineLength);
                next = next + 1 == pipelines ? 0 : next + 1;
            }
            for (int i = 0; i < sent.length; i++) {
                receive(channels.get(i), load.pipeline() * replyLength, replyLength, isSet ? '+' : '$');
                now = System.nanoTime();
                latencies.recordValue(Math.min(MAX_NANOS, now - sent[i]));
            }
            count += (long) sent.length * load.pipeline();
        }
        return new Answered(count, now - begin, latencies);
    }

    /**
     * Requests one after the other.
     *
     * @param keyOf the number of the key of a request
     */
    private static ByteBuffer requests(String command, int count, IntUnaryOperator keyOf) {
        byte[] request = request(command).getBytes(StandardCharsets.US_ASCII);
        int digits = keyEnd(request);
        ByteBuffer requests = ByteBuffer.allocateDirect(count * request.length);
        for (int i = 0; i < count; i++) {
            int rest = keyOf.applyAsInt(i);
            for (int digit = 1; digit <= KEY_DIGITS; digit++) {
                request[digits - digit] = (byte) ('0' + rest % 10);
                rest /= 10;
            }
            requests.put(request);
        }
        return requests;
    }

    /** A request for key 0; keys are named as redis-benchmark does. */
    private static String request(String command) {
        String key = "$16\r\nkey:" + "0".repeat(KEY_DIGITS) + "\r\n";
        return command.equals(Load.GET)
                ? "*2\r\n$3\r\nGET\r\n" + key
                : "*3\r\n$3\r\nSET\r\n" + key + "$" + VALUE_LENGTH + "\r\n" + "x".repeat(VALUE_LENGTH) + "\r\n";
    }

    private static int keyEnd(byte[] request) {
        return new String(request, StandardCharsets.US_ASCII).indexOf("key:") + "key:".length() + KEY_DIGITS;
    }

    private static void send(SocketChannel channel, ByteBuffer requests, int begin, int end) throws IOException {
        requests.limit(end).position(begin);
        while (requests.hasRemaining()) {
            channel.write(requests);
        }
        requests.limit(requests.capacity());
    }

    private void receive(SocketChannel channel, int length, int replyLength, char type) throws IOException {
        int got = 0;
        int next = 0;
        while (got < length) {
            received.clear().limit(Math.min(RECEIVED_LENGTH, length - got));
            int more = channel.read(received);
            if (more < 0) {
                throw new EOFException("the server has closed the connection");
            }
            for (; next < got + more; next += replyLength) {
                if (received.get(next - got) != type) {
                    throw new IOException("not the reply that was expected: "
                            + StandardCharsets.UTF_8.decode(received.flip().position(next - got)));
                }
            }
            got += more;
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }
}
