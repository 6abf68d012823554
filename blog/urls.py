"""Every address of the blog. They are Blogger's: whoever moves in keeps his."""

from django.urls import path, re_path

from blog import appearance, feeds, private_views, sitemaps, views

app_name = "blog"

YEAR = r"^(?P<year>[0-9]{4})/"
MONTH = YEAR + r"(?P<month>0[1-9]|1[0-2])/"

urlpatterns = [
    path("", views.home, name="home"),
    re_path(MONTH + r"(?P<slug>[^/]+)\.html$", views.post, name="post"),
    re_path(YEAR + "$", views.year, name="year"),
    re_path(MONTH + "$", views.month, name="month"),
    re_path(MONTH + r"(?P<day>[0-3][0-9])/$", views.day, name="day"),
    re_path(r"^(?P<year>[0-9]{4})_(?P<month>0[1-9]|1[0-2])_01_archive\.html$", views.old_archive),
    re_path(r"^p/(?P<slug>[^/]+)\.html$", views.page, name="page"),
    path("author/<str:slug>/", views.author, name="author"),
    path("unlock/<int:key>/", private_views.unlock, name="unlock"),
    path("shared/<str:word>/", private_views.shared, name="shared"),
    path("proof/<str:token>/", private_views.proof, name="proof"),
    path("drafts/<int:key>/", views.draft, name="draft"),
    path("search", views.search, name="search"),
    path("search/label/<path:name>", views.label, name="label"),
    path("share/<int:number>.png", views.share_image, name="share_image"),
    path("feeds/posts/default", feeds.posts, name="feed"),
    path("feeds/posts/summary", feeds.posts, {"content": "short"}),
    path("feeds/posts/default/-/<path:names>", feeds.posts, name="label_feed"),
    path("feeds/authors/<str:author>", feeds.posts, name="author_feed"),
    path("atom.xml", feeds.posts, {"format": "atom"}),
    path("rss.xml", feeds.posts, {"format": "rss"}),
    path("feed.json", feeds.posts, {"format": "json"}),
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("robots.txt", sitemaps.robots, name="robots"),
    re_path(appearance.SHEET_PATTERN, views.appearance_sheet, name="appearance_sheet"),
    path("favicon.ico", views.favicon),
    re_path(r"^media/(?P<path>.+)$", views.media, name="media"),
]
