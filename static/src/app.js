// What every page can do beyond links and forms. Each module stands alone and starts by itself.
import "./modules/htmx.js";
import "htmx-ext-preload";
import "idiomorph/htmx";
import "./modules/theme-toggle.js";
import "./modules/forms.js";
import "./modules/menus.js";
import "./modules/toasts.js";
import "./modules/copy.js";
import "./modules/live.js";
import "./modules/parts.js";
