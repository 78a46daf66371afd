package dev.poro.cluster;

/** What to do about a node that cannot go on. */
final class Remedy {
    static final String JOIN = "Put this node's store and its cluster files aside, and start it from a copy of those of"
            + " another node: the README, under 'A node that is lost', says how";

    private Remedy() {}
}
