"""The features of lines and the zones of a page."""

from cleaners.layout import Layout, squash, stem, view_line
from cleaners.lines import clean
from cleaners.model import Line, Metadata

PROSE = "पहाड़ी जिलों में मंगलवार रात से रुक-रुककर बारिश हो रही है और ठंड बढ़ गई है।"


def view(text, kind="paragraph", index=0):
    return view_line(index, Line(kind, text))


def layout(*texts, title=None):
    return Layout([view(text, index=i) for i, text in enumerate(texts)], title, None, summary_taken=False)


def test_stem_folds_cases_and_numbers():
    assert stem("किसानों") == stem("किसान")
    assert stem("सड़कें".replace("\u093c", "")) == stem("सडक")
    assert stem("rains") == stem("rain")


def test_squash_is_blind_to_spaces_and_marks():
    assert squash("क  ख, ग।") == squash("कखग")


def test_shape_of_lines():
    assert view(PROSE).full
    assert not view("बाढ़ में डूबे बीस गांव").full
    assert view("बाढ़ में डूबे बीस गांव...").cut
    assert view("बाढ़ में डूबे बीस गांव").is_headline
    assert not view("मंत्री ने कहा कि पुल बनेगा और सड़क").is_headline
    assert view("1. पहला गांव").is_item
    assert view("भिवानी ब्लॉक : धनाना, मंढाणा, तालू").is_item
    assert view("400 लोग बचाए गए").is_figure
    assert view("पुल टूटने से रास्ता बंद हो गया है").finite


def test_zones():
    page = layout("होम", PROSE, "बीच में एक शीर्षक", PROSE, "पीछे की लाइन")
    assert [page.zone(offset) for offset in range(5)] == ["head", "body", "body", "body", "tail"]
    assert (page.head, page.tail) == (range(1), range(4, 5))
    assert [offset for offset, _ in page.headlines] == [2]
    poem = layout("एक छोटी कविता", "दूसरी पंक्ति यहां")
    assert poem.zone(0) == "whole"
    assert not (poem.head or poem.tail or poem.headlines)


def test_english_is_no_prose_of_a_hindi_page_but_of_an_english_one():
    english = "This site is best viewed with a large screen and it delays all quotes by ten minutes."
    assert layout(PROSE, PROSE, english).last == 1
    assert layout(english, english).last == 1


def test_shared_stems_count_title_and_neighbours():
    page = layout(PROSE, "ठंड से बचाव के इंतजाम", PROSE, title="इंतजाम पूरे")
    assert page.shared_stems(1) == 2


def test_wrapped_text_is_no_list_of_headlines():
    words = (PROSE[:-1] + " और नदी के किनारे बसे गांवों में लोग रात भर जागते रहे ").split() * 6
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 70:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    wrapped = [*lines, line + "।"]
    assert layout(*wrapped).is_wrapped
    assert [block.text for block in clean([Line("paragraph", text) for text in wrapped], Metadata()).blocks] == wrapped
    assert not layout(PROSE, PROSE, PROSE).is_wrapped
    headlines = ["बाढ़ में डूबे बीस गांव और", "मंडी में प्याज के दाम फिर बढ़े, किसानों को राहत और व्यापारी परेशान"] * 6
    assert not layout(*headlines).is_wrapped
