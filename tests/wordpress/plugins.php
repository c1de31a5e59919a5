<?php
/*
Plugin Name: What plugins do to a Hindi news site
Description: Share bars, author boxes and links to other stories in the text, Hindi labels, a closed REST interface.
*/

// Posts go out by no other way, least of all by e-mail.
function wp_mail(...$message) {
    return true;
}

add_filter('locale', fn() => 'hi_IN');

const HINDI = [
    'Comments' => 'टिप्पणियाँ',
    'Leave a Reply' => 'प्रतिक्रिया दें',
    'Leave a comment' => 'टिप्पणी करें',
    'Protected: %s' => 'संरक्षित: %s',
    'This content is password protected. To view it please enter your password below:' =>
        'यह सामग्री पासवर्ड से संरक्षित है। इसे देखने के लिए कृपया नीचे अपना पासवर्ड दर्ज करें:',
    'Recent Posts' => 'हाल के पोस्ट',
    'Recent Comments' => 'हाल की टिप्पणियाँ',
];
add_filter('gettext', fn($text, $source) => HINDI[$source] ?? $text, 10, 2);

// The REST interface as security plugins close it.
add_filter('rest_authentication_errors', function ($known) {
    return get_option('test_rest') === 'unauthorised'
        ? new WP_Error('rest_cannot_access', 'केवल सदस्यों के लिए', ['status' => 401])
        : $known;
});
add_action('parse_request', function ($request) {
    if (get_option('test_rest') === 'missing' && !empty($request->query_vars['rest_route'])) {
        status_header(404);
        exit('not found');
    }
}, 0);

add_shortcode('samachar_share', fn() =>
    '<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">इसे साझा करें</h3>'
    . '<ul><li><a href="#">व्हाट्सएप पर भेजें</a></li><li><a href="#">फेसबुक पर भेजें</a></li></ul></div>');
add_shortcode('samachar_mark', fn($given, $inner = '') => '<mark>' . do_shortcode($inner) . '</mark>');

// A plugin of links into the running text, and one of boxes about the author below it.
add_filter('the_content', function ($content) {
    $id = get_the_ID();
    if (get_post_type() !== 'post' || post_password_required()) {
        return $content;
    }
    if ($other = get_post_meta($id, 'test_also_read', true)) {
        $link = '<p><strong>यह भी पढ़ें: <a href="' . home_url('/?p=1') . '">' . esc_html($other) . '</a></strong></p>';
        $content = preg_replace('~(</p>)~', '$1' . $link, $content, 1);
    }
    if ($author = get_post_meta($id, 'test_author_box', true)) {
        $content .= '<div class="saboxplugin-wrap"><div class="saboxplugin-authorname"><a href="#">सीमा वर्मा</a></div>'
            . '<div class="saboxplugin-desc"><p>' . esc_html($author) . '</p></div></div>';
    }
    return $content;
}, 20);
