"""One page that shows what came out of a scan: frames and conditions, images, curves, words."""

from .page import draw_result_page

__all__ = ["draw_result_page"]
