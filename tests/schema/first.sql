-- A database as the first schema held it: what every later one must still be able to read.
CREATE TABLE "_migrations" (
   "n" INTEGER PRIMARY KEY,
   "name" TEXT,
   "applied_at" TEXT
);
CREATE TABLE "_state" (name TEXT PRIMARY KEY, value);
CREATE TABLE "runs" (
   "id" INTEGER PRIMARY KEY,
   "command" TEXT NOT NULL,
   "site" TEXT,
   "started_at" TEXT NOT NULL,
   "finished_at" TEXT,
   "outcome" TEXT,
   "counts" TEXT
);
CREATE TABLE "articles" (
   "id" INTEGER PRIMARY KEY,
   "url" TEXT,
   "site" TEXT NOT NULL,
   "origin" TEXT NOT NULL,
   "provenance" TEXT NOT NULL,
   "first_seen" TEXT NOT NULL,
   "last_seen" TEXT NOT NULL,
   "revision" INTEGER NOT NULL,
   "text_hash" TEXT,
   "duplicate_of" INTEGER REFERENCES "articles"("id"),
   "cluster" INTEGER,
   "withdrawn_at" TEXT,
   "change" INTEGER NOT NULL
);
CREATE TABLE "revisions" (
   "id" INTEGER PRIMARY KEY,
   "article" INTEGER NOT NULL REFERENCES "articles"("id"),
   "n" INTEGER NOT NULL,
   "title" TEXT,
   "summary" TEXT,
   "text" TEXT,
   "text_from" INTEGER REFERENCES "revisions"("id"),
   "authors" TEXT NOT NULL,
   "agency" TEXT,
   "section" TEXT,
   "image_url" TEXT,
   "published_at" TEXT,
   "published_source" TEXT,
   "modified_at" TEXT,
   "language" TEXT NOT NULL,
   "truncated" INTEGER NOT NULL,
   "content_hash" TEXT NOT NULL,
   "text_hash" TEXT,
   "archive_key" TEXT,
   "rules_version" TEXT,
   "outside" TEXT NOT NULL,
   "seen_at" TEXT NOT NULL
);
CREATE TABLE "removals" (
   "id" INTEGER PRIMARY KEY,
   "revision" INTEGER NOT NULL REFERENCES "revisions"("id"),
   "stage" TEXT NOT NULL,
   "rule" TEXT NOT NULL,
   "because" TEXT NOT NULL,
   "text" TEXT NOT NULL,
   "position" INTEGER NOT NULL
);
CREATE TABLE "rejections" (
   "id" INTEGER PRIMARY KEY,
   "url" TEXT,
   "site" TEXT NOT NULL,
   "origin" TEXT NOT NULL,
   "provenance" TEXT NOT NULL,
   "stage" TEXT NOT NULL,
   "reason" TEXT NOT NULL,
   "seen_at" TEXT NOT NULL,
   "archive_key" TEXT
);
CREATE TABLE "frontier" (
   "id" INTEGER PRIMARY KEY,
   "url" TEXT NOT NULL,
   "site" TEXT NOT NULL,
   "kind" TEXT NOT NULL,
   "source" TEXT,
   "found_at" TEXT NOT NULL,
   "listed_at" TEXT,
   "priority" INTEGER NOT NULL,
   "state" TEXT NOT NULL,
   "attempts" INTEGER NOT NULL,
   "reason" TEXT,
   "etag" TEXT,
   "last_modified" TEXT,
   "next_visit" TEXT
);
CREATE VIRTUAL TABLE "articles_fts" USING fts5(title, text, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'");
CREATE UNIQUE INDEX "articles_url" ON "articles" (url) WHERE url IS NOT NULL;
CREATE UNIQUE INDEX "articles_provenance" ON "articles" (site, provenance) WHERE url IS NULL;
CREATE UNIQUE INDEX "articles_original" ON "articles" (text_hash) WHERE duplicate_of IS NULL AND text_hash IS NOT NULL;
CREATE INDEX "articles_duplicate_of" ON "articles" (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX "articles_change" ON "articles" (change);
CREATE INDEX "articles_site" ON "articles" (site, origin);
CREATE UNIQUE INDEX "revisions_article" ON "revisions" (article, n);
CREATE INDEX "revisions_text_from" ON "revisions" (text_from) WHERE text_from IS NOT NULL;
CREATE INDEX "removals_revision" ON "removals" (revision);
CREATE UNIQUE INDEX "rejections_url" ON "rejections" (url, stage, reason) WHERE url IS NOT NULL;
CREATE UNIQUE INDEX "rejections_provenance" ON "rejections" (site, provenance, stage, reason) WHERE url IS NULL;
CREATE UNIQUE INDEX "frontier_url" ON "frontier" (site, url);
CREATE INDEX "frontier_waiting" ON "frontier" (site, priority, id) WHERE state = 'pending';
CREATE INDEX "frontier_sources" ON "frontier" (site) WHERE priority = 0;
CREATE INDEX "frontier_active" ON "frontier" (site) WHERE state = 'active';
CREATE VIEW "corpus" AS
        SELECT a.id, a.url, a.site, a.origin, a.provenance, r.title, r.summary, coalesce(r.text, o.text) AS text,
               r.authors, r.agency, r.section, r.image_url, r.published_at, r.published_source, r.modified_at,
               r.language, r.truncated, a.first_seen, a.last_seen, a.revision, a.duplicate_of, a.cluster, a.withdrawn_at
        FROM "articles" AS a
        JOIN "revisions" AS r ON r.article = a.id AND r.n = a.revision
        LEFT JOIN "revisions" AS o ON o.id = r.text_from;
INSERT INTO _migrations VALUES (1, 'articles, their history, the frontier, the runs and the search index', '2026-01-01');
INSERT INTO _state VALUES ('change', 7);
INSERT INTO _state VALUES ('match_key', '');
INSERT INTO runs VALUES (1, 'import', NULL, '2026-11-22T17:05:20+00:00', '2026-11-22T17:05:20+00:00', 'finished', '{"files": 3, "rejected": 1, "stored": 1, "duplicate": 1, "unreadable": 0, "skipped": 0}');
INSERT INTO runs VALUES (2, 'crawl feed', 'khabar', '2026-11-22T17:05:20+00:00', '2026-11-22T17:05:20+00:00', 'finished', '{"stored": 3}');
INSERT INTO articles VALUES (1, 'https://khabar.example/a', 'khabar', 'crawl', '3c89aedd58689764', '2026-11-20T06:00:00+00:00', '2026-11-21T06:00:00+00:00', 2, '8a5bd1f7d3b317645ddfef3f8a95bfaf', NULL, NULL, NULL, 3);
INSERT INTO articles VALUES (2, 'https://khabar.example/b', 'khabar', 'crawl', 'ec5f95f2dc2f44a7', '2026-11-20T06:00:00+00:00', '2026-11-20T06:00:00+00:00', 1, '5c86c823d792cdc9cc62d0531daad927', NULL, NULL, NULL, 3);
INSERT INTO articles VALUES (3, 'https://other.example/c', 'khabar', 'crawl', '9f9bce5ed9aee088', '2026-11-20T06:00:00+00:00', '2026-11-20T06:00:00+00:00', 1, '44d759b0f35f95508ccddac80bf7141a', NULL, NULL, NULL, 4);
INSERT INTO articles VALUES (4, 'https://khabar.example/p1', 'khabar', 'crawl', 'ac0d79bdfa902c44#/0', '2026-11-20T06:00:00+00:00', '2026-11-20T06:00:00+00:00', 1, 'a160d966e8b652473f3c4a47906bdc73', NULL, NULL, NULL, 5);
INSERT INTO articles VALUES (5, NULL, 'corpus', 'corpus', 'x.txt', '2026-11-22T17:05:20+00:00', '2026-11-22T17:05:20+00:00', 1, 'dc97c0d9d3ae61e7920564757133f8d5', NULL, NULL, NULL, 6);
INSERT INTO articles VALUES (6, NULL, 'corpus', 'corpus', 'y.txt', '2026-11-22T17:05:20+00:00', '2026-11-22T17:05:20+00:00', 1, 'dc97c0d9d3ae61e7920564757133f8d5', 5, NULL, NULL, 7);
INSERT INTO revisions VALUES (1, 1, 1, 'नहर की सफाई शुरू', NULL, 'नहर विभाग ने सोमवार को बताया कि रजवाहे की सफाई का काम इस महीने के अंत तक पूरा कर लिया जाएगा।
किसानों का कहना है कि पानी समय पर नहीं मिला तो गेहूं की बुवाई में देर होगी और लागत भी बढ़ जाएगी।
अधिशासी अभियंता ने आश्वासन दिया कि टेल तक पानी पहुंचाने के लिए रात में भी निगरानी की जा रही है।
अधिकारी ने बताया कि वार्ड संख्या 1 में भी काम अगले महीने तक शुरू करा दिया जाएगा।', NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, 'hi', 0, '201435ddd29ed4e8d339c0014cfd9f77', '5c86c823d792cdc9cc62d0531daad927', 'cd42d0b718576c1d', '3b0de1cc5b31', '{"document/title": 1}', '2026-11-20T06:00:00+00:00');
INSERT INTO revisions VALUES (2, 2, 1, 'नहर की सफाई शुरू', NULL, NULL, 1, '[]', NULL, NULL, NULL, NULL, NULL, NULL, 'hi', 0, '3a017cbc2389098c5198433c8a59879b', '5c86c823d792cdc9cc62d0531daad927', 'ec5f95f2dc2f44a7', '3b0de1cc5b31', '{"document/title": 1}', '2026-11-20T06:00:00+00:00');
INSERT INTO revisions VALUES (3, 1, 2, 'नहर की सफाई शुरू', NULL, 'नहर विभाग ने सोमवार को बताया कि रजवाहे की सफाई का काम इस महीने के अंत तक पूरा कर लिया जाएगा।
किसानों का कहना है कि पानी समय पर नहीं मिला तो गेहूं की बुवाई में देर होगी और लागत भी बढ़ जाएगी।
अधिशासी अभियंता ने आश्वासन दिया कि टेल तक पानी पहुंचाने के लिए रात में भी निगरानी की जा रही है।
अधिकारी ने बताया कि वार्ड संख्या 2 में भी काम अगले महीने तक शुरू करा दिया जाएगा।', NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, 'hi', 0, '0f86490b5bcd1d6ebefa6783622017e7', '8a5bd1f7d3b317645ddfef3f8a95bfaf', '3c89aedd58689764', '3b0de1cc5b31', '{"document/title": 1}', '2026-11-21T06:00:00+00:00');
INSERT INTO revisions VALUES (4, 3, 1, 'नहर की सफाई शुरू', NULL, 'नहर विभाग ने सोमवार को बताया कि रजवाहे की सफाई का काम इस महीने के अंत तक पूरा कर लिया जाएगा।
किसान का कहना है कि पानी समय पर नहीं मिला तो गेहूं की बुवाई में देर होगी और लागत भी बढ़ जाएगी।
अधिशासी अभियंता ने आश्वासन दिया कि टेल तक पानी पहुंचाने के लिए रात में भी निगरानी की जा रही है।
अधिकारी ने बताया कि वार्ड संख्या 1 में भी काम अगले महीने तक शुरू करा दिया जाएगा।', NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, 'hi', 0, 'af74d90c2fcabb84a67d3bd3accd646a', '44d759b0f35f95508ccddac80bf7141a', '9f9bce5ed9aee088', '3b0de1cc5b31', '{"document/title": 1}', '2026-11-20T06:00:00+00:00');
INSERT INTO revisions VALUES (5, 4, 1, 'समाचार 0', NULL, 'नहर विभाग ने सोमवार को बताया कि रजवाहे की सफाई का काम इस महीने के अंत तक पूरा कर लिया जाएगा।
किसानों का कहना है कि पानी समय पर नहीं मिला तो गेहूं की बुवाई में देर होगी और लागत भी बढ़ जाएगी।
अधिशासी अभियंता ने आश्वासन दिया कि टेल तक पानी पहुंचाने के लिए रात में भी निगरानी की जा रही है।
अधिकारी ने बताया कि वार्ड संख्या 11 में भी काम अगले महीने तक शुरू करा दिया जाएगा।', NULL, '[]', NULL, NULL, NULL, '2026-11-19T05:00:00+00:00', 'rest', NULL, 'hi', 0, 'c4db128bfaa1056e8efd1affddace35a', 'a160d966e8b652473f3c4a47906bdc73', 'ac0d79bdfa902c44', '3b0de1cc5b31', '{}', '2026-11-20T06:00:00+00:00');
INSERT INTO revisions VALUES (6, 5, 1, NULL, NULL, 'नहर विभाग ने सोमवार को बताया कि रजवाहे की सफाई का काम इस महीने के अंत तक पूरा कर लिया जाएगा।
किसानों का कहना है कि पानी समय पर नहीं मिला तो गेहूं की बुवाई में देर होगी और लागत भी बढ़ जाएगी।
अधिशासी अभियंता ने आश्वासन दिया कि टेल तक पानी पहुंचाने के लिए रात में भी निगरानी की जा रही है।
अधिकारी ने बताया कि वार्ड संख्या 20 में भी काम अगले महीने तक शुरू करा दिया जाएगा।', NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL, 'hi', 0, '44ae86b2e991c1b01e6328641f137a22', 'dc97c0d9d3ae61e7920564757133f8d5', '4ef3452a4e53396f', '3b0de1cc5b31', '{}', '2026-11-22T17:05:20+00:00');
INSERT INTO revisions VALUES (7, 6, 1, NULL, NULL, NULL, 6, '[]', NULL, NULL, NULL, NULL, NULL, NULL, 'hi', 0, '44ae86b2e991c1b01e6328641f137a22', 'dc97c0d9d3ae61e7920564757133f8d5', '257d39340b8836dc', '3b0de1cc5b31', '{}', '2026-11-22T17:05:20+00:00');
INSERT INTO removals VALUES (1, 1, 'line', 'also-read/labelled-headline', '["also-read/labelled-headline", "structure/long-headline", "structure/unrelated", "structure/leads-nothing", "structure/off-topic", "structure/unknown-names"]', 'यह भी पढ़ें: मंडी में आलू के दाम गिरे, व्यापारी परेशान', 1);
INSERT INTO removals VALUES (2, 3, 'line', 'also-read/labelled-headline', '["also-read/labelled-headline", "structure/long-headline", "structure/unrelated", "structure/leads-nothing", "structure/off-topic", "structure/unknown-names"]', 'यह भी पढ़ें: मंडी में आलू के दाम गिरे, व्यापारी परेशान', 1);
INSERT INTO rejections VALUES (1, NULL, 'corpus', 'corpus', 'mr.txt', 'language', 'Marathi (mr): आहे ×3, सांगितले ×2, -ांनी ×2', '2026-11-22T17:05:20+00:00', 'c8b5e8fbfdb05164');
INSERT INTO rejections VALUES (2, 'https://khabar.example/mr', 'khabar', 'crawl', 'key', 'language', 'Marathi (mr)', '2026-11-22T12:00:00+00:00', NULL);
INSERT INTO frontier VALUES (1, 'https://khabar.example/feed', 'khabar', 'feed', NULL, '2026-11-22T17:05:20+00:00', NULL, 0, 'done', 0, NULL, NULL, NULL, NULL);
INSERT INTO frontier VALUES (2, 'https://khabar.example/a', 'khabar', 'page', 'https://khabar.example/feed', '2026-11-22T17:05:20+00:00', '2026-11-20T06:00:00+00:00', 1, 'done', 0, NULL, NULL, NULL, NULL);
INSERT INTO frontier VALUES (3, 'https://khabar.example/d', 'khabar', 'page', NULL, '2026-11-22T17:05:20+00:00', NULL, 1, 'pending', 0, NULL, NULL, NULL, NULL);
INSERT INTO frontier VALUES (4, 'https://khabar.example/mr', 'khabar', 'page', NULL, '2026-11-22T17:05:20+00:00', NULL, 1, 'rejected', 0, 'language: Marathi (mr)', NULL, NULL, NULL);
INSERT INTO articles_fts (articles_fts, rank) VALUES ('rank', 'bm25(5.0, 1.0)');
INSERT INTO articles_fts (rowid, title, text) SELECT id, coalesce(title, ''), text FROM corpus;
