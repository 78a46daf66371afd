/** The embeddable store. {@link dev.poro.engine.Poro} is the way in. */
module dev.poro.app {
    // The reports of dev.poro.engine.tools have types of these modules in their signatures.
    requires transitive dev.poro.events;
    requires transitive dev.poro.statemachine;
    requires transitive dev.poro.wal;

    // The modules above and Chronicle's have no descriptor, so they cannot require these themselves.
    requires com.lmax.disruptor;
    requires org.slf4j;
    requires java.logging;
    requires java.management;
    requires jdk.management;
    requires jdk.unsupported;

    // Of dev.poro.server alone. A program that starts a server requires io.netty.handler itself.
    requires static io.netty.buffer;
    requires static io.netty.common;
    requires static io.netty.handler;
    requires static io.netty.transport;
    requires static io.netty.transport.classes.epoll;

    // Of dev.poro.cluster alone.
    requires static io.aeron.archive;
    requires static io.aeron.client;
    requires static io.aeron.cluster;
    requires static io.aeron.driver;
    requires static org.agrona;

    // dev.poro.cli, the program, is not for embedding. It runs from poro.jar, on the class path.
    exports dev.poro.cluster;
    exports dev.poro.command;
    exports dev.poro.engine;
    exports dev.poro.engine.tools;
    exports dev.poro.server;
}
