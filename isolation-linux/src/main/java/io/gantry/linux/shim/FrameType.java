package io.gantry.linux.shim;

/** Types of frames (docs/shim-protocol.md §3). */
final class FrameType {

    static final int HELLO = 1;
    static final int START = 2;
    static final int SIGNAL = 3;
    static final int LIST = 4;
    static final int ATTACH = 5;
    static final int REOPEN_LOG = 6;
    static final int RESIZE = 7;
    static final int FORGET = 8;
    static final int SET_UP = 9;
    static final int SHUTDOWN = 10;
    static final int STDIN = 11;
    static final int STDIN_EOF = 12;
    static final int OK = 20;
    static final int ERROR = 21;
    static final int STARTED = 22;
    static final int LISTING = 23;
    static final int EXITED = 24;
    static final int OUTPUT = 25;

    private FrameType() {}
}
