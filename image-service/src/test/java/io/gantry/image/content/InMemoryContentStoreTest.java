package io.gantry.image.content;

class InMemoryContentStoreTest extends ContentStoreContract {

    @Override
    protected ContentStore store() {
        return new InMemoryContentStore();
    }
}
