package io.gantry.linux.launch;

/** What the parts of one compilation share. */
record Context(Host host, Assembler asm, Calls calls) {

    static Context of(Host host) {
        Assembler asm = new Assembler();
        return new Context(host, asm, new Calls(asm));
    }
}
