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
import java.util.Locale;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * A client that does as little as possible, so that the server is what limits: one thread that sends the next pipeline
 * on all its connections, and then takes the replies of all of them. The requests are made before, and allocate nothing
 * when they are sent. Every reply is looked at: its first byte, and its length by where the next one begins.
 */
final class SocketClient implements AutoCloseable {
    static final int VALUE_LENGTH = 16;

    private static final int REQUESTS = 200_000;
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
        int[] ends = new int[keys];
        ByteBuffer requests = requests(Load.SET, keys, ends, new int[keys]);
        for (int begin = 0; begin < keys; begin += 100) {
            int end = Math.min(keys, begin + 100);
            send(channels.get(0), requests, begin == 0 ? 0 : ends[begin - 1], ends[end - 1]);
            receive(channels.get(0), (end - begin) * REPLY_TO_SET, REPLY_TO_SET, '+');
        }
    }

    /** Sends a load for a time. */
    Answered run(Load load, long nanos) throws IOException {
        boolean isSet = load.command().equals(Load.SET);
        int replyLength = isSet ? REPLY_TO_SET : REPLY_TO_GET;
        int pipelines = REQUESTS / load.pipeline();
        int[] ends = new int[pipelines * load.pipeline()];
        int[] order = new SplittableRandom(load.pipeline()).ints(ends.length, 0, keys).toArray();
        ByteBuffer requests = requests(load.command(), ends.length, ends, order);
        long[] sent = new long[channels.size()];
        Histogram latencies = new Histogram(MAX_NANOS, 3);
        long count = 0;
        int next = 0;
        long begin = System.nanoTime();
        long now = begin;
        while (now - begin < nanos) {
            for (int i = 0; i < sent.length; i++) {
                int first = next * load.pipeline();
                sent[i] = System.nanoTime();
                send(channels.get(i), requests, first == 0 ? 0 : ends[first - 1], ends[first + load.pipeline() - 1]);
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
     * @param ends receives where each ends
     * @param order of the keys; all zero: from the first to the last
     */
    private ByteBuffer requests(String command, int count, int[] ends, int[] order) {
        boolean isOrdered = order.length == keys && order[0] == order[keys - 1];
        String value = command.equals(Load.SET) ? "$" + VALUE_LENGTH + "\r\n" + "x".repeat(VALUE_LENGTH) + "\r\n" : "";
        String head = (value.isEmpty() ? "*2" : "*3") + "\r\n$3\r\n" + command + "\r\n$16\r\n";
        int length = head.length() + 16 + 2 + value.length();
        ByteBuffer requests = ByteBuffer.allocateDirect(count * length);
        for (int i = 0; i < count; i++) {
            // As redis-benchmark names them.
            String key = String.format(Locale.ROOT, "key:%012d", isOrdered ? i : order[i]);
            requests.put((head + key + "\r\n" + value).getBytes(StandardCharsets.US_ASCII));
            ends[i] = requests.position();
        }
        return requests;
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
