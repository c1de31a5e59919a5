<?php
// Does what a JSON list on standard input says, in order, and prints a JSON list of what came of it.
define('WP_INSTALLING', in_array('install', $argv, true));
$_SERVER += ['HTTP_HOST' => parse_url(getenv('WORDPRESS_HOME'), PHP_URL_HOST), 'SERVER_PROTOCOL' => 'HTTP/1.1',
    'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/', 'REMOTE_ADDR' => '127.0.0.1'];
require getenv('WORDPRESS_ROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';

function install(): void {
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    wp_install('नदी किनारे', 'seema', 'seema@khabar.example', true, '', 'password');
}

function option(string $name, $value): void {
    update_option($name, $value);
}

function theme(string $name): void {
    switch_theme($name);
}

function permalinks(string $structure): void {
    global $wp_rewrite;
    $wp_rewrite->init();
    $wp_rewrite->set_permalink_structure($structure);
    flush_rewrite_rules(false);
}

function post(array $post, array $comments = [], array $meta = []): array {
    $id = fail_on_error(wp_insert_post(wp_slash($post), true));
    foreach ($meta as $key => $value) {
        update_post_meta($id, $key, wp_slash($value));
    }
    foreach ($comments as $text) {
        wp_insert_comment(['comment_post_ID' => $id, 'comment_content' => $text, 'comment_author' => 'एक पाठक',
            'comment_approved' => 1]);
    }
    if (($post['then'] ?? '') === 'trash') {
        wp_trash_post($id);
    }
    return ['id' => $id, 'link' => get_permalink($id)];
}

function update(int $id, array $fields): void {
    fail_on_error(wp_update_post(wp_slash(['ID' => $id] + $fields), true));
}

function trash(int $id): void {
    wp_trash_post($id);
}

function delete(int $id): void {
    wp_delete_post($id, true);
}

function links(array $ids): array {
    return array_map('get_permalink', $ids);
}

function fail_on_error($result) {
    if (is_wp_error($result)) {
        fwrite(STDERR, $result->get_error_message() . "\n");
        exit(1);
    }
    return $result;
}

if (!WP_INSTALLING) {
    wp_set_current_user(1);
}
$results = [];
foreach (json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR) as [$what, $given]) {
    $results[] = $what(...$given);
}
echo json_encode($results, JSON_THROW_ON_ERROR);
